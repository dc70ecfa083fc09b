using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.Subscriptions;

/// <param name="Name">With its provider, for example <c>Microsoft.ContainerService/ManagedGatewayAPIPreview</c>.</param>
/// <param name="Changed">When registering or unregistering last began. Null before the first time.</param>
/// <param name="Provider">
/// The namespace in the spelling of the subscription's registration: Azure repeats a client's <c>microsoft.containerservice</c>
/// (https://github.com/MicrosoftDocs/azure-docs/issues/56850, /57877, /59037).
/// </param>
internal sealed record FeatureState(string Name, string State, DateTimeOffset? Changed, string Provider)
{
    public string Feature => Name.Split('/')[1];
}

/// <summary>The preview features of a subscription. Registering takes minutes; a gated feature waits for its approval.</summary>
internal sealed class FeatureRegistrations(SandboxWorld world, ArmOperations operations)
{
    private const string Table = "features";
    private const string NamespaceTable = "feature-namespaces";
    private static readonly TimeSpan Registering = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Unregistering = TimeSpan.FromMinutes(1);

    /// <param name="name">With its provider, in the catalog's spelling.</param>
    public static string State(SandboxWorld world, string subscription, string name) =>
        TimedState.Read(world, Table, Key(subscription, name)) ?? "NotRegistered";

    public IEnumerable<FeatureState> List(string subscription, string prefix) =>
        FeatureCatalog
            .All.Where(name => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .Select(name => Describe(subscription, name));

    /// <returns>Null when the feature does not exist or was retired.</returns>
    public FeatureState? Find(string subscription, string fullName) =>
        fullName.Split('/') is [var provider, var feature] && FeatureCatalog.Find(provider, feature) is { } name
            ? Describe(subscription, name)
            : null;

    /// <param name="spelling">The namespace as the client spells it.</param>
    public void Register(string subscription, FeatureState feature, string spelling)
    {
        if (feature.State is not ("NotRegistered" or "Unregistered" or "Unregistering"))
        {
            return;
        }

        world.Store.Put(NamespaceTable, Key(subscription, feature.Name), new JsonObject { ["namespace"] = spelling });
        if (FeatureCatalog.NeedsApproval(feature.Name) || world.Faults.StaysPending(Id(subscription, feature.Name)))
        {
            TimedState.Turn(world, Table, Key(subscription, feature.Name), "Pending", "Pending", Registering);
        }
        else
        {
            Begin(subscription, feature.Name);
        }
    }

    /// <summary>Approves a feature that is <c>Pending</c>, as its owners do.</summary>
    /// <returns>False when the feature does not wait for approval.</returns>
    public bool Approve(string subscription, string fullName)
    {
        if (Find(subscription, fullName) is not { State: "Pending" } feature)
        {
            return false;
        }

        Begin(subscription, feature.Name);
        return true;
    }

    public void Unregister(string subscription, FeatureState feature)
    {
        if (feature.State is "Registered" or "Registering" or "Pending")
        {
            TimedState.Turn(world, Table, Key(subscription, feature.Name), "Unregistering", "Unregistered", Unregistering);
        }
    }

    private void Begin(string subscription, string name)
    {
        TimedState.Turn(world, Table, Key(subscription, name), "Registering", "Registered", Registering);
        operations.Start("features/register", Id(subscription, name), ResourceTypes.Features, "", Registering);
    }

    private FeatureState Describe(string subscription, string name) =>
        new(
            name,
            State(world, subscription, name),
            TimedState.Turned(world, Table, Key(subscription, name)),
            world.Store.Get(NamespaceTable, Key(subscription, name))?.Text("namespace") ?? name.Split('/')[0]
        );

    private static string Id(string subscription, string name) =>
        $"/subscriptions/{subscription}/providers/Microsoft.Features/providers/{name.Replace("/", "/features/", StringComparison.Ordinal)}";

    private static string Key(string subscription, string name) => $"{subscription}/{name}";
}
