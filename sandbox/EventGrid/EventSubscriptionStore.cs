using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.EventGrid;

internal sealed class EventSubscriptionStore(SandboxWorld world) : ExtensionResourceStore(world, "event-subscriptions")
{
    public SandboxIds Ids => World.Ids;

    /// <summary>The event subscriptions on matching sources, sorted by id.</summary>
    public IReadOnlyList<JsonObject> On(Func<string, bool> isSource) =>
        [.. All.Where(document => isSource(document.Text(EventSubscription.SourceKey) ?? ""))];

    public IEnumerable<EventSubscription> Active() =>
        All.Select(EventSubscription.Read).Where(subscription => subscription.IsActive(World.Clock.GetUtcNow()));

    public EventSubscription? Find(string id) => Get(id) is { } document ? EventSubscription.Read(document) : null;
}
