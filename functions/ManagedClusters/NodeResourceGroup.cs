using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The resource group that AKS makes for the nodes of a new cluster, pure. AKS refuses a name of more than 80 characters, also one that it
/// composes itself (https://aka.ms/aks-naming-rules).
/// </summary>
internal static class NodeResourceGroup
{
    private const int LongestName = 80;
    private const string Property = "nodeResourceGroup";

    /// <summary>The beginning of the name that AKS composes; the location follows.</summary>
    public static string Prefix(ClusterId cluster) => $"MC_{cluster.ResourceGroup}_{cluster.Name}_";

    /// <summary>Why AKS would refuse to make the cluster; null when it would not.</summary>
    public static string? Obstacle(ClusterId cluster, ClusterSpec spec)
    {
        var chosen = spec.Extra?.FirstOrDefault(property => ManagedClusterBody.Same(property.Key, Property)).Value;
        if (chosen is not null)
        {
            return chosen is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > LongestName
                ? $"The name of the node resource group in extra.{Property} has {text.Length} characters, and AKS allows {LongestName}. "
                    + "Choose a shorter one."
                : null;
        }

        var name = Prefix(cluster) + spec.Location;
        return name.Length > LongestName
            ? $"AKS would name the node resource group {name}, which has {name.Length} characters, and allows {LongestName}. "
                + $"Set extra.{Property} to a shorter name, or choose a shorter name of the cluster or of its resource group."
            : null;
    }
}
