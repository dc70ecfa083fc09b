using Azure.Core;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Mesh;

/// <summary>The role of the cluster's identity on a resource group or subnet behind an address of the spec, pure.</summary>
internal static class AddressRole
{
    /// <returns>As <see cref="NetworkRole.Plan"/> says.</returns>
    public static (ArmChange? Change, string? Warning, PlannedChange? DryRun) Of(
        ClusterId cluster,
        ResourceIdentifier scope,
        AddressSnapshot snapshot
    ) =>
        NetworkRole.Plan(
            cluster,
            new RoleNeed(
                scope,
                scope.Name,
                "The cluster's identity needs the role; without it gateways do not get the address.",
                "gateways may not get the address",
                new ArmRepair(
                    ConditionTypes.GatewayReady,
                    $"RoleAssignment {scope.Name}",
                    $"The cluster's identity had no role there; it has {NetworkRole.Name} again."
                )
            ),
            snapshot.Principal,
            snapshot.Roles.GetValueOrDefault(scope.ToString())
        );
}
