using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>
/// Reads the node pools of a cluster's spec. The limits are those of "Quotas, virtual machine size restrictions, and region availability"
/// and "Manage node pools for a cluster" of the AKS documentation.
/// </summary>
internal static class ClusterNodePools
{
    /// <summary>Beside the first one.</summary>
    private const int MostPools = 99;

    private const int MostNodes = 1000;
    private const int MostLabels = 50;

    public static NodePoolSpec Read(SpecReader reader)
    {
        var defaults = new NodePoolSpec();
        var pool = defaults with
        {
            Name = reader.Text("name", check: ClusterNames.PoolName) ?? defaults.Name,
            VmSize = reader.Text("vmSize", check: ClusterNames.VmSize) ?? defaults.VmSize,
            Count = reader.Number("count", 1, MostNodes),
            Zones = Zones(reader),
            Autoscaler = Autoscaler(reader, least: 1),
        };
        Check(pool, reader);
        reader.RefuseUnknown();
        return pool;
    }

    public static FurtherNodePoolSpec ReadFurther(SpecReader reader)
    {
        var defaults = new FurtherNodePoolSpec();
        var pool = defaults with
        {
            Name = reader.Text("name", required: true, check: ClusterNames.PoolName) ?? "",
            VmSize = reader.Text("vmSize", check: ClusterNames.VmSize) ?? defaults.VmSize,
            Mode = reader.Choice<NodePoolMode>("mode") ?? defaults.Mode,
            Count = reader.Number("count", 0, MostNodes),
            Zones = Zones(reader),
            Autoscaler = Autoscaler(reader, least: 0),
            Labels =
                reader.TextMap("labels", ClusterNames.NodeLabel, ClusterNames.LabelValue) is var labels && reader.Has("labels")
                    ? labels
                    : null,
            Taints = reader.Texts("taints", ClusterNames.Taint) is var taints && reader.Has("taints") ? taints : null,
        };
        Check(pool, reader);
        if (pool is { Mode: NodePoolMode.System } and ({ Count: 0 } or { Autoscaler.Min: 0 }))
        {
            reader.Error(
                pool.Count == 0 ? "count" : "autoscaler",
                "OutOfRange",
                "A node pool of the system has at least one node. Raise the number, or choose mode user."
            );
        }

        reader.RefuseMore("labels", pool.Labels?.Count ?? 0, MostLabels);
        reader.RefuseDuplicates("taints", pool.Taints ?? [], "A taint is listed twice. List it once.");
        reader.RefuseUnknown();
        return pool;
    }

    public static void CheckNames(ClusterSpec cluster, SpecReader reader)
    {
        reader.RefuseMore("nodePools", cluster.NodePools.Count, MostPools);
        foreach (
            var twice in cluster
                .NodePools.Select(pool => pool.Name)
                .Append(cluster.NodePool.Name)
                .GroupBy(name => name, StringComparer.Ordinal)
                .Where(name => name.Count() > 1)
        )
        {
            reader.Error("nodePools", "Duplicate", $"The name of node pool '{twice.Key}' is used {twice.Count()} times. Choose another.");
        }
    }

    private static void Check(NodePoolSpec pool, SpecReader reader)
    {
        if (pool is { Count: not null, Autoscaler: not null })
        {
            reader.Error(
                "count",
                "InvalidCombination",
                "The autoscaler chooses the number of nodes. Remove 'count', or remove 'autoscaler'."
            );
        }
    }

    private static IReadOnlyList<string> Zones(SpecReader reader)
    {
        var zones = reader.Texts("zones", ClusterNames.Zone);
        reader.RefuseDuplicates("zones", zones, "A zone is listed twice. List it once.");
        return [.. zones.Order(StringComparer.Ordinal)];
    }

    private static AutoscalerSpec? Autoscaler(SpecReader pool, int least)
    {
        if (pool.Object("autoscaler") is not { } reader)
        {
            return null;
        }

        var limits = new AutoscalerSpec(
            reader.Number("min", least, MostNodes, required: true) ?? least,
            reader.Number("max", 1, MostNodes, required: true) ?? MostNodes
        );
        if (limits.Min > limits.Max)
        {
            reader.Error("min", "InvalidCombination", $"The least nodes, {limits.Min}, exceed the most, {limits.Max}. Lower the first.");
        }

        reader.RefuseUnknown();
        return limits;
    }
}
