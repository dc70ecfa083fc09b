using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>
/// Refuses ways out of a cluster that AKS refuses, and combinations that cannot work ("Customize cluster egress with outbound types",
/// "Create a managed or user-assigned NAT gateway" and "Network isolated clusters" of the AKS documentation).
/// </summary>
internal static class ClusterEgress
{
    public static void Check(ClusterSpec cluster, SpecReader reader)
    {
        foreach (var problem in Problems(cluster))
        {
            reader.Error("outboundType", "InvalidCombination", problem);
        }

        if (cluster is { OutboundType: OutboundType.UserDefinedRouting, NetworkPlugin: NetworkPlugin.Kubenet, UserAssignedIdentity: null })
        {
            reader.Error(
                "identity",
                "InvalidCombination",
                "With kubenet, a route table of your own needs a user-assigned identity. Set 'identity' to its ARM id, or choose "
                    + "networkPlugin azure-overlay."
            );
        }
    }

    private static IEnumerable<string> Problems(ClusterSpec cluster)
    {
        if (cluster is { OutboundType: OutboundType.ManagedNatGateway, Network: not null })
        {
            yield return "AKS makes a NAT gateway in its own network only. Remove 'network', or choose userAssignedNATGateway.";
        }

        if (cluster is { OutboundType: OutboundType.UserAssignedNatGateway or OutboundType.UserDefinedRouting, Network: null })
        {
            yield return "This way out belongs to a subnet of your own. Set 'network', or choose managedNATGateway or loadBalancer.";
        }

        if (cluster is { OutboundType: OutboundType.None, Access.PrivateCluster: not true })
        {
            yield return "Without a way out, nodes reach a private API server only. Set 'access.privateCluster', or choose another.";
        }

        if (cluster is { OutboundType: OutboundType.None, Upgrades.NodeOsChannel: NodeOsChannel.SecurityPatch or NodeOsChannel.Unmanaged })
        {
            yield return "Without a way out, nodes get new images only. Choose the node OS channel NodeImage or None.";
        }
    }
}
