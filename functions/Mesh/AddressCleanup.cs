using MeshPort.Arm;
using MeshPort.Gateways;
using MeshPort.Model;

namespace MeshPort.Mesh;

/// <summary>Deletes the public IP addresses and roles that MeshPort made, that the spec does not name and nothing uses, pure.</summary>
/// <remarks>An address without MeshPort's tag stays: somebody else may have made it under a name that the status notes.</remarks>
internal static class AddressCleanup
{
    public static IReadOnlyList<ArmChange> Of(ClusterId cluster, ClusterSpec spec, IReadOnlyList<string> made, AddressSnapshot snapshot)
    {
        const string Why = "MeshPort created it, and the spec does not name it.";
        var changes = snapshot
            .Unwanted.Where(one => one.Value is null || (Ownership.IsOurs(one.Value) && PublicIps.User(one.Value) is null))
            .Select(one =>
                ArmChange.Delete(one.Key, ApiVersions.Network, Why) with
                {
                    IsMarked = true,
                    Tolerates = [.. PublicIps.InUse.Select(code => new ArmTolerance(code, null))],
                }
            )
            .ToList();
        if (snapshot.Unwanted.Any(one => one.Value is { } found && PublicIps.User(found) is not null))
        {
            return changes; // a load balancer still uses one, and perhaps its role
        }

        var needed = AddressPlan.Scopes(cluster, spec).Select(scope => scope.ToString()).ToHashSet(StringComparer.OrdinalIgnoreCase);
        changes.AddRange(
            made.Where(id => RoleAssignments.IsOne(id) && GroupOf(id) is { } group && !needed.Contains(group))
                .Select(id =>
                    NetworkRole.Delete(
                        id,
                        Why,
                        $"MeshPort may not delete a role assignment that it made and the spec does not need any more. Deploy MeshPort's "
                            + $"role again (infra/README.md). Until then, the assignment can go by hand: {NetworkRole.DeleteCommand(id)}"
                    )
                )
        );
        return changes;
    }

    /// <summary>
    /// Whether a change can be made now that all gateways have their addresses. A role goes after ports have followed: an earlier look
    /// has noted other addresses, and no Service names the resource group, such as a companion Service or that of a Gateway.
    /// </summary>
    /// <param name="noted">The addresses of the spec that gateways could have before.</param>
    public static bool IsDue(ArmChange change, IReadOnlyList<ChosenAddress> noted, GatewaysSnapshot snapshot) =>
        !RoleAssignments.IsOne(change.Target)
        || GroupOf(change.Target)?.Split('/')[^1] is not { } group
        || (
            !noted.Any(address => group.Equals(address.ResourceGroup, StringComparison.OrdinalIgnoreCase))
            && !snapshot.Services.Any(service =>
                group.Equals(
                    service.AddressAnnotations.GetValueOrDefault(AddressAnnotations.ResourceGroup),
                    StringComparison.OrdinalIgnoreCase
                )
            )
        );

    /// <returns>The resource group on which a role is assigned; null for a role on a subnet, which goes with the cluster.</returns>
    private static string? GroupOf(string assignment) =>
        assignment[..assignment.LastIndexOf("/providers/Microsoft.Authorization/", StringComparison.OrdinalIgnoreCase)] is var scope
        && scope.Split('/').Length == 5 // /subscriptions/ID/resourceGroups/NAME
            ? scope
            : null;
}
