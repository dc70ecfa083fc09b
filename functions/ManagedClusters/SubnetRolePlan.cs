using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The role of a new cluster's identity on its nodes' subnet, pure. Azure gives the identity rights in the cluster's node resource group
/// alone. Without a role on a subnet elsewhere, its load balancers get no address (https://github.com/Azure/AKS/issues/1557). An identity
/// that exists before the cluster gets the role before the creation. MeshPort changes nothing for a cluster that somebody else made.
/// </summary>
internal static class SubnetRolePlan
{
    /// <returns>As <see cref="NetworkRole.Plan"/> says.</returns>
    public static (ArmChange? Change, string? Warning, PlannedChange? DryRun) Of(
        ClusterId cluster,
        ClusterSpec spec,
        JsonObject observed,
        RoleState state
    ) => Ownership.IsOurs(observed) ? OfNewCluster(cluster, spec, NetworkRole.PrincipalOf(observed), state) : default;

    /// <param name="principal">The principal of the identity that the spec names; null while it does not exist.</param>
    public static (ArmChange? Change, string? Warning, PlannedChange? DryRun) OfNewCluster(
        ClusterId cluster,
        ClusterSpec spec,
        Guid? principal,
        RoleState state
    ) => spec.Network is { } network ? NetworkRole.Plan(cluster, Need(cluster, network), principal, state) : default;

    private static RoleNeed Need(ClusterId cluster, NetworkSpec network)
    {
        var subnet = NetworkIds.Subnet(cluster, network);
        return new RoleNeed(
            subnet,
            $"subnet {subnet.Name}",
            "The cluster's identity needs the role; without it gateways get no address.",
            "its gateways may get no address",
            new ArmRepair(
                ConditionTypes.ClusterReady,
                $"RoleAssignment {subnet.Name}",
                $"The cluster's identity had no role on the subnet; it has {NetworkRole.Name} again."
            )
        );
    }
}
