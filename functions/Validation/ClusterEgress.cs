using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>
/// Refuses ways out of a cluster that AKS refuses, and combinations that cannot work ("Customize cluster egress with outbound types",
/// "Create a managed or user-assigned NAT gateway" and "Network isolated clusters" of the AKS documentation).
/// </summary>
internal static class ClusterEgress
{
    private const string Field = "outboundType";

    public static void Check(ClusterSpec cluster, SpecReader reader)
    {
        switch (cluster.OutboundType)
        {
            case OutboundType.ManagedNatGateway when cluster.Network is not null:
                Refuse("AKS makes a NAT gateway in its own network only. Remove 'network', or choose userAssignedNATGateway.");
                break;
            case OutboundType.UserAssignedNatGateway or OutboundType.UserDefinedRouting when cluster.Network is null:
                Refuse("This way out belongs to a subnet of your own. Set 'network', or choose managedNATGateway or loadBalancer.");
                break;
            case OutboundType.None when cluster.Access.PrivateCluster != true:
                Refuse("Without a way out, nodes reach a private API server only. Set 'access.privateCluster' to true, or choose another.");
                break;
            case OutboundType.None when cluster.Upgrades.NodeOsChannel is NodeOsChannel.SecurityPatch or NodeOsChannel.Unmanaged:
                Refuse("Without a way out, nodes get new images only. Choose the node OS channel NodeImage or None.");
                break;
            case OutboundType.UserDefinedRouting when cluster is { NetworkPlugin: NetworkPlugin.Kubenet, UserAssignedIdentity: null }:
                reader.Error(
                    "identity",
                    "InvalidCombination",
                    "With kubenet, a route table of your own needs a user-assigned identity. Set 'identity' to its ARM id, or choose "
                        + "networkPlugin azure-overlay."
                );
                break;
        }

        void Refuse(string detail) => reader.Error(Field, "InvalidCombination", detail);
    }
}
