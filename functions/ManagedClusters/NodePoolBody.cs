using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The ARM body of a node pool (<c>agentPools</c>, Microsoft.ContainerService 2026-03-01), pure. A cluster shows the same properties in its
/// <c>agentPoolProfiles</c>. AKS changes count, autoscaler, mode, labels and taints of a pool later, and no size, zones or subnet ("Manage
/// node pools for a cluster").
/// </summary>
internal static class NodePoolBody
{
    /// <param name="subnetId">Of the other pools; null in a network of AKS.</param>
    public static JsonObject Create(FurtherNodePoolSpec pool, string? subnetId)
    {
        var properties = Properties(pool, subnetId);
        properties["mode"] = $"{pool.Mode}";
        Write(properties, pool);
        return new JsonObject { ["properties"] = properties };
    }

    /// <summary>The properties of a pool that every new one has.</summary>
    public static JsonObject Properties(NodePoolSpec pool, string? subnetId) =>
        ManagedClusterBody.Without(
            new JsonObject
            {
                ["type"] = "VirtualMachineScaleSets",
                ["osType"] = "Linux",
                ["vmSize"] = pool.VmSize,
                ["count"] = pool.Count ?? pool.Autoscaler?.Min ?? NodePoolSpec.DefaultCount,
                ["vnetSubnetID"] = subnetId,
                ["availabilityZones"] = pool.Zones.Count == 0 ? null : TextArray.Of(pool.Zones),
            }
        );

    /// <param name="profile">The pool in the observed cluster.</param>
    /// <returns>The body that brings it in line with the spec; null when nothing differs.</returns>
    public static JsonObject? Update(JsonObject profile, FurtherNodePoolSpec pool)
    {
        var properties = Content(profile);
        var differs = ClusterOptions.Set(properties, ["mode"], $"{pool.Mode}") | WriteCount(properties, pool) | Write(properties, pool);
        return differs ? new JsonObject { ["properties"] = properties } : null;
    }

    /// <summary>The body of a pool that changes nothing.</summary>
    public static JsonObject Content(JsonObject profile)
    {
        var properties = (JsonObject)profile.DeepClone();
        properties.Remove("name");
        return properties;
    }

    /// <summary>With the autoscaler on, the count is its to choose.</summary>
    public static bool WriteCount(JsonObject properties, NodePoolSpec pool) =>
        pool.Count is { } wanted
        && properties["enableAutoScaling"]?.GetValue<bool>() != true
        && ClusterOptions.Set(properties, ["count"], wanted);

    /// <summary>The autoscaler chooses the count within its limits.</summary>
    public static bool WriteAutoscaler(JsonObject properties, NodePoolSpec pool) =>
        pool.Autoscaler is { } limits
        && (
            ClusterOptions.Set(properties, ["enableAutoScaling"], true)
            | ClusterOptions.Set(properties, ["minCount"], limits.Min)
            | ClusterOptions.Set(properties, ["maxCount"], limits.Max)
            | ClusterOptions.Set(
                properties,
                ["count"],
                properties["count"]?.GetValue<int>() is { } count ? (int?)Math.Clamp(count, limits.Min, limits.Max) : null
            )
        );

    private static bool Write(JsonObject properties, FurtherNodePoolSpec pool) =>
        WriteAutoscaler(properties, pool) | WriteLabels(properties, pool.Labels) | WriteTaints(properties, pool.Taints);

    private static bool WriteLabels(JsonObject properties, IReadOnlyDictionary<string, string>? labels)
    {
        if (labels is null)
        {
            return false;
        }

        var wanted = new JsonObject(labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value)));
        if (JsonNode.DeepEquals(properties["nodeLabels"] ?? new JsonObject(), wanted))
        {
            return false;
        }

        properties["nodeLabels"] = wanted;
        return true;
    }

    private static bool WriteTaints(JsonObject properties, IReadOnlyList<string>? taints)
    {
        var found = (properties["nodeTaints"] as JsonArray ?? []).Select(taint => $"{taint}");
        if (taints is null || found.ToHashSet(StringComparer.Ordinal).SetEquals(taints))
        {
            return false;
        }

        properties["nodeTaints"] = TextArray.Of(taints);
        return true;
    }
}
