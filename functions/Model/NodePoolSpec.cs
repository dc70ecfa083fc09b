using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>The node pool of the system, with which a cluster is made.</summary>
public record NodePoolSpec
{
    public const int DefaultCount = 2;

    public string Name { get; init; } = "nodepool1";

    public string VmSize { get; init; } = "Standard_D2s_v5";

    /// <summary>Null: <see cref="DefaultCount"/> for a new pool, and unchanged for an existing one.</summary>
    public int? Count { get; init; }

    /// <summary>The availability zones of the nodes, sorted; empty spreads them over no zones.</summary>
    public IReadOnlyList<string> Zones { get; init; } = [];

    /// <summary>Null leaves the autoscaler as it is; off for a new pool.</summary>
    public AutoscalerSpec? Autoscaler { get; init; }
}

/// <summary>A Linux node pool beside <see cref="ClusterSpec.NodePool"/>.</summary>
public sealed record FurtherNodePoolSpec : NodePoolSpec
{
    public NodePoolMode Mode { get; init; } = NodePoolMode.User;

    /// <summary>The labels of the nodes. Null leaves them as they are.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Such as <c>team=edge:NoSchedule</c>. Null leaves them as they are.</summary>
    public IReadOnlyList<string>? Taints { get; init; }
}

/// <summary>The least and the most nodes.</summary>
public sealed record AutoscalerSpec(int Min, int Max);

[JsonConverter(typeof(JsonStringEnumConverter<NodePoolMode>))]
public enum NodePoolMode
{
    /// <summary>For workloads; it may have no node.</summary>
    [JsonStringEnumMemberName("user")]
    User,

    /// <summary>Also for AKS's own pods.</summary>
    [JsonStringEnumMemberName("system")]
    System,
}
