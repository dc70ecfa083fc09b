using Azure.Core;
using MeshPort.Model;

namespace MeshPort.Arm;

/// <summary>The ARM ids of a cluster's network.</summary>
internal static class NetworkIds
{
    public static ResourceIdentifier Subnet(ClusterId cluster, NetworkSpec network) =>
        new(network.SubnetId ?? $"{VirtualNetwork(cluster, network)}/subnets/{network.Subnet}");

    public static ResourceIdentifier VirtualNetwork(ClusterId cluster, NetworkSpec network) =>
        Resource(cluster, $"virtualNetworks/{network.Vnet}");

    public static ResourceIdentifier SecurityGroup(ClusterId cluster, string name) => Resource(cluster, $"networkSecurityGroups/{name}");

    private static ResourceIdentifier Resource(ClusterId cluster, string path) =>
        new($"/subscriptions/{cluster.SubscriptionId}/resourceGroups/{cluster.ResourceGroup}/providers/Microsoft.Network/{path}");
}
