using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The role of a new cluster's identity on its nodes' subnet, pure. Azure gives the identity rights in the cluster's node resource group
/// alone. Without a role on a subnet elsewhere, its load balancers get no address (https://github.com/Azure/AKS/issues/1557). An identity
/// that exists before the cluster gets the role before the creation. MeshPort changes nothing for a cluster that somebody else made.
/// <code>
/// role on the subnet   change                                   beside the step's report
/// given, not read      -                                        -
/// missing              PUT, noted in the status before;         -
///                      refused by 403: not fatal                how to give the role
/// hidden               -                                        how to give the role
/// </code>
/// </summary>
internal static class SubnetRolePlan
{
    public static (ArmChange? Change, string? Warning, PlannedChange? DryRun) Of(
        ClusterId cluster,
        ClusterSpec spec,
        JsonObject observed,
        RoleState state
    )
    {
        if (spec.Network is not { } network || !Ownership.IsOurs(observed))
        {
            return default;
        }

        if (NetworkRole.PrincipalOf(observed) is not { } principal)
        {
            return (null, null, Needed(cluster, network, null));
        }

        return Of(cluster, network, principal, state);
    }

    /// <param name="principal">The principal of the identity that the spec names; null while it does not exist.</param>
    public static (ArmChange? Change, string? Warning, PlannedChange? DryRun) OfNewCluster(
        ClusterId cluster,
        ClusterSpec spec,
        Guid? principal,
        RoleState state
    ) =>
        spec.Network is not { } network ? default
        : principal is { } known ? Of(cluster, network, known, state)
        : (null, null, Needed(cluster, network, null));

    private static (ArmChange? Change, string? Warning, PlannedChange? DryRun) Of(
        ClusterId cluster,
        NetworkSpec network,
        Guid principal,
        RoleState state
    )
    {
        var subnet = NetworkIds.Subnet(cluster, network);
        var needed = Needed(cluster, network, NetworkRole.Body(cluster, principal));
        var advice =
            $"MeshPort may not give the cluster's identity the role {NetworkRole.Name} on subnet {subnet.Name}, "
            + "without which its gateways may get no address. Deploy MeshPort's role again (infra/README.md), or give it: "
            + NetworkRole.Command(subnet, principal);
        return state switch
        {
            RoleState.Given => (null, null, PlannedChange.None(needed.Target, "The cluster's identity has the role.")),
            RoleState.Hidden => (null, advice, PlannedChange.None(needed.Target, advice)),
            RoleState.Missing => (
                new ArmChange(
                    ArmVerb.Put,
                    RoleAssignments.IdOf(subnet, NetworkRole.NameFor(subnet, principal)).ToString(),
                    ApiVersions.RoleAssignments,
                    NetworkRole.Body(cluster, principal),
                    needed
                )
                {
                    IsMarked = true, // an assignment has no tags
                    Repair = new ArmRepair(
                        ConditionTypes.ClusterReady,
                        $"RoleAssignment {subnet.Name}",
                        $"The cluster's identity had no role on the subnet; it has {NetworkRole.Name} again."
                    ),
                    Tolerates = [new ArmTolerance("RoleAssignmentExists", null), new ArmTolerance("403", advice)],
                },
                null,
                needed
            ),
            _ => default,
        };
    }

    private static PlannedChange Needed(ClusterId cluster, NetworkSpec network, JsonObject? body) =>
        PlannedChange.Create(
            $"{NetworkRole.Name} on {NetworkIds.Subnet(cluster, network)}",
            "The cluster's identity needs the role; without it gateways get no address.",
            body
        );
}
