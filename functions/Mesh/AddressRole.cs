using Azure.Core;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Mesh;

/// <summary>The role of the cluster's identity on a resource group or subnet behind an address of the spec, pure.</summary>
internal static class AddressRole
{
    /// <returns>The warning is for people: MeshPort cannot tell whether the identity has the role.</returns>
    public static (ArmChange? Change, string? Warning, PlannedChange? DryRun) Of(
        ClusterId cluster,
        ResourceIdentifier scope,
        AddressSnapshot snapshot
    )
    {
        var target = $"{NetworkRole.Name} on {scope}";
        const string Why = "The cluster's identity needs the role; without it gateways do not get the address.";
        if (snapshot.Principal is not { } principal)
        {
            return (null, null, PlannedChange.Create(target, Why, null));
        }

        var advice =
            $"MeshPort may not give the cluster's identity the role {NetworkRole.Name} on {scope.Name}, without which gateways may not get "
            + $"the address. Deploy MeshPort's role again (infra/README.md), or give it: {NetworkRole.Command(scope, principal)}";
        var body = NetworkRole.Body(cluster, principal);
        var needed = PlannedChange.Create(target, Why, body);
        return snapshot.Roles.GetValueOrDefault(scope.ToString()) switch
        {
            RoleState.Missing => (
                new ArmChange(
                    ArmVerb.Put,
                    RoleAssignments.IdOf(scope, NetworkRole.NameFor(scope, principal)).ToString(),
                    ApiVersions.RoleAssignments,
                    body,
                    needed
                )
                {
                    IsMarked = true, // an assignment has no tags
                    Repair = new ArmRepair(
                        ConditionTypes.GatewayReady,
                        $"RoleAssignment {scope.Name}",
                        $"The cluster's identity had no role there; it has {NetworkRole.Name} again."
                    ),
                    Tolerates = [new ArmTolerance("RoleAssignmentExists", null), new ArmTolerance("403", advice)],
                },
                null,
                needed
            ),
            RoleState.Hidden => (null, advice, PlannedChange.None(target, advice)),
            RoleState.Given => (null, null, PlannedChange.None(target, "The cluster's identity has the role.")),
            _ => default,
        };
    }
}
