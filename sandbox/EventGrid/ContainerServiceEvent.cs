using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>An event of AKS about a cluster. Creation, mesh and gateways raise Microsoft.Resources events instead.</summary>
/// <param name="Type">For example <c>Microsoft.ContainerService.NodePoolRollingStarted</c>.</param>
public sealed record ContainerServiceEvent(string Type, JsonObject Data)
{
    private const string Prefix = "Microsoft.ContainerService.";

    // The properties of each type's data.
    private static readonly IReadOnlyDictionary<string, string[]> Shapes = new Dictionary<string, string[]>(
        StringComparer.OrdinalIgnoreCase
    )
    {
        [Prefix + "NewKubernetesVersionAvailable"] =
        [
            "latestSupportedKubernetesVersion",
            "latestStableKubernetesVersion",
            "lowestMinorKubernetesVersion",
            "latestPreviewKubernetesVersion",
        ],
        [Prefix + "ClusterSupportEnding"] = ["kubernetesVersion"],
        [Prefix + "ClusterSupportEnded"] = ["kubernetesVersion"],
        [Prefix + "NodePoolRollingStarted"] = ["nodePoolName"],
        [Prefix + "NodePoolRollingSucceeded"] = ["nodePoolName"],
        [Prefix + "NodePoolRollingFailed"] = ["nodePoolName"],
    };

    internal static IReadOnlyList<string> Types => [.. Shapes.Keys];

    public static ContainerServiceEvent NewKubernetesVersionAvailable(
        string latestSupported,
        string latestStable,
        string lowestMinor,
        string latestPreview
    ) => Of("NewKubernetesVersionAvailable", latestSupported, latestStable, lowestMinor, latestPreview);

    public static ContainerServiceEvent ClusterSupportEnding(string kubernetesVersion) => Of("ClusterSupportEnding", kubernetesVersion);

    public static ContainerServiceEvent ClusterSupportEnded(string kubernetesVersion) => Of("ClusterSupportEnded", kubernetesVersion);

    public static ContainerServiceEvent NodePoolRollingStarted(string nodePoolName) => Of("NodePoolRollingStarted", nodePoolName);

    public static ContainerServiceEvent NodePoolRollingSucceeded(string nodePoolName) => Of("NodePoolRollingSucceeded", nodePoolName);

    public static ContainerServiceEvent NodePoolRollingFailed(string nodePoolName) => Of("NodePoolRollingFailed", nodePoolName);

    /// <summary>
    /// Creates an event from its type, with or without the prefix <c>Microsoft.ContainerService.</c>, and all properties of its data.
    /// </summary>
    /// <exception cref="ArgumentException">The type does not exist, or the properties do not fit it.</exception>
    public static ContainerServiceEvent Create(string type, IReadOnlyDictionary<string, string> data)
    {
        var full = type.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? type : Prefix + type;
        if (Types.FirstOrDefault(known => string.Equals(known, full, StringComparison.OrdinalIgnoreCase)) is not { } name)
        {
            throw new ArgumentException(
                $"Unknown event type '{type}'. The types are {string.Join(", ", Types.Select(known => known[Prefix.Length..]))}.",
                nameof(type)
            );
        }

        return Shapes[name].ToHashSet(StringComparer.Ordinal).SetEquals(data.Keys)
            ? Of(name[Prefix.Length..], [.. Shapes[name].Select(property => data[property])])
            : throw new ArgumentException(
                $"The data of {name} is {string.Join(", ", Shapes[name])}; given was '{string.Join(", ", data.Keys)}'.",
                nameof(data)
            );
    }

    /// <param name="cluster">Its document. The event has the cluster as its topic and the cluster's name as its subject.</param>
    internal GridEvent About(JsonObject cluster, string id, DateTimeOffset time) =>
        new(id, [cluster.Text("id") ?? ""], cluster.Text("name") ?? "", Type, time, Data, "1");

    private static ContainerServiceEvent Of(string type, params string[] values) =>
        new(Prefix + type, new JsonObject(Shapes[Prefix + type].Zip(values, (name, value) => KeyValuePair.Create(name, (JsonNode?)value))));
}
