using Azure.Core;
using MeshPort.Model;

namespace MeshPort.Arm;

/// <summary>The ARM ids of what a cluster's spec names.</summary>
internal static class NetworkIds
{
    public static ResourceIdentifier Subnet(ClusterId cluster, NetworkSpec network) =>
        new(network.SubnetId ?? $"{VirtualNetwork(cluster, network)}/subnets/{network.Subnet}");

    public static ResourceIdentifier SecurityGroup(ClusterId cluster, string name) =>
        new($"{ResourceGroup.IdOf(cluster)}/providers/Microsoft.Network/networkSecurityGroups/{name}");

    public static ResourceIdentifier VirtualNetwork(ClusterId cluster, NetworkSpec network) =>
        new($"{ResourceGroup.IdOf(cluster)}/providers/Microsoft.Network/virtualNetworks/{network.Vnet}");
}
