using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>Event subscriptions by ARM id. Apart from the resources, because they hang below any of them without being listed among them.</summary>
internal sealed class EventSubscriptionStore(SandboxWorld world)
{
    private const string Table = "event-subscriptions";

    public SandboxIds Ids => world.Ids;

    public JsonObject? Get(string id) => world.Store.Get(Table, id);

    public void Put(string id, JsonObject document) => world.Store.Put(Table, id, document);

    public bool Delete(string id) => world.Store.Delete(Table, id);

    /// <summary>Those on any of some sources, in the order of their ids.</summary>
    public IReadOnlyList<JsonObject> On(Func<string, bool> isSource) =>
        [.. world.Store.List(Table).Select(entry => entry.Document).Where(document => isSource(document.Text(EventSubscription.SourceKey) ?? ""))];

    /// <summary>Those in a collection.</summary>
    public IReadOnlyList<JsonObject> In(string collection) => [.. world.Store.List(Table, collection + "/").Select(entry => entry.Document)];

    public IEnumerable<EventSubscription> Active() =>
        world.Store.List(Table).Select(entry => EventSubscription.Read(entry.Document)).Where(subscription => subscription.IsActive(world.Clock.GetUtcNow()));

    public EventSubscription? Find(string id) => Get(id) is { } document ? EventSubscription.Read(document) : null;

    /// <summary>Extension resources go with what they hang on.</summary>
    public void DeleteBelow(string resourceId)
    {
        foreach (var (id, _) in world.Store.List(Table, resourceId + "/"))
        {
            world.Store.Delete(Table, id);
        }
    }
}
