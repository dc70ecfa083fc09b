using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The subnets of a cluster's nodes. The load balancer sends to all nodes, so the security group of the spec's subnet opens and restricts
/// ports only while every node pool is in a subnet with that group. AKS moves no pool to another subnet.
/// <code>
/// node pool   | its subnet                                  | reported       | the group restricts sources
/// ------------+---------------------------------------------+----------------+----------------------------
/// any         | the spec's                                  | -              | yes
/// of the spec | another with the same group                 | ClusterDiffers | yes
/// of others   | another with the same group                 | -              | yes
/// any         | another without that group, or that of AKS  | ClusterDiffers | no
/// </code>
/// </summary>
internal static class NodeSubnets
{
    /// <summary>Of a pool in the network that AKS manages.</summary>
    private const string OfAks = "";

    /// <returns>The subnets of node pools that have another security group than the spec's subnet: ids; empty for AKS's network.</returns>
    /// <param name="cluster">As ARM answers it.</param>
    /// <param name="guard">The security group of the spec's subnet; empty without one.</param>
    /// <exception cref="RequestFailedException">ARM could not be reached.</exception>
    public static async Task<IReadOnlyList<string>> FindUnguardedAsync(
        ArmClient arm,
        ClusterId id,
        ClusterSpec spec,
        JsonObject cluster,
        string? guard,
        CancellationToken cancellationToken
    )
    {
        List<string> unguarded = [];
        foreach (var subnet in Others(id, spec, cluster).Select(pool => pool.Subnet).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (subnet == OfAks || !string.Equals(await GroupAsync(subnet), guard, StringComparison.OrdinalIgnoreCase))
            {
                unguarded.Add(subnet);
            }
        }

        return unguarded;

        // A group that MeshPort may not read counts as another one.
        async Task<string?> GroupAsync(string subnet)
        {
            try
            {
                var resource = new ArmJsonResource(arm, new ResourceIdentifier(subnet), ApiVersions.Network);
                return SubnetSecurityGroup.Of(await resource.GetIfExistsAsync(cancellationToken));
            }
            catch (RequestFailedException exception) when (exception.Status == 403)
            {
                return null;
            }
        }
    }

    /// <summary>Notes in the cluster's status whether the security group of the spec's subnet guards all nodes.</summary>
    public static ResourceStatus Note(ResourceStatus status, ManagedClusterSnapshot snapshot) =>
        SubnetSecurityGroup.NoteOtherNodes(status, snapshot.Unguarded.Count > 0);

    /// <returns>Which node pools are not in the spec's subnet, for people; null when all fit.</returns>
    public static string? Difference(ClusterId id, ClusterSpec spec, ManagedClusterSnapshot snapshot)
    {
        if (snapshot.Cluster is not { } cluster || spec.Network is not { } network)
        {
            return null;
        }

        var wanted = NetworkIds.Subnet(id, network);
        var ofSpec = spec.NodePools.Select(pool => pool.Name).Append(spec.NodePool.Name).ToHashSet(StringComparer.Ordinal);
        var differences = Others(id, spec, cluster)
            .Where(pool => ofSpec.Contains(pool.Name) || IsUnguarded(pool.Subnet))
            .Select(pool =>
                $"Node pool {pool.Name} is in {Tell(pool.Subnet)}, not in subnet {wanted.Name}, and cannot move. "
                + (
                    IsUnguarded(pool.Subnet)
                        ? $"MeshPort opens the security group of {wanted.Name}, and these nodes are not behind it. "
                        : ""
                )
                + (
                    ofSpec.Contains(pool.Name) ? "Make a new cluster, or write the network that it has."
                    : pool.Subnet == OfAks ? "Make a new cluster."
                    : "Give its subnet the same security group, or delete the pool."
                )
            )
            .ToList();
        return differences.Count == 0 ? null : string.Join(" ", differences);

        bool IsUnguarded(string subnet) => snapshot.Unguarded.Contains(subnet, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>
    /// The node pools in other subnets than the spec's. All pools of a cluster are in one virtual network, so one without a subnet tells
    /// something only if none has any. AKS Automatic chooses the subnets of its pools.
    /// </summary>
    private static IEnumerable<(string Name, string Subnet)> Others(ClusterId id, ClusterSpec spec, JsonObject cluster)
    {
        if (spec.Network is not { } network || spec.IsAutomatic)
        {
            return [];
        }

        var wanted = NetworkIds.Subnet(id, network).ToString();
        var pools = cluster["properties"]
            .Items("agentPoolProfiles")
            .Select(pool => (Name: Text(pool["name"]), Subnet: Text(pool["vnetSubnetID"])))
            .ToList();
        var isOfAks = pools.TrueForAll(pool => pool.Subnet == OfAks);
        return pools.Where(pool =>
            pool.Subnet == OfAks ? isOfAks : !string.Equals(pool.Subnet, wanted, StringComparison.OrdinalIgnoreCase)
        );
    }

    private static string Tell(string subnet) => subnet == OfAks ? "the network of AKS" : $"subnet {subnet}";

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? "";
}
