using System.Text.Json.Nodes;
using Azure.Core;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Network;

/// <summary>
/// The removal of a cluster's network after the cluster itself, pure. It deletes only what MeshPort made, and nothing that others use now.
/// Each row is done before the next; "wait" means that the next row follows in a later look, when this one is gone.
/// <code>
/// resource                  ours when               change                       otherwise
/// roles of the identity     noted in the status     delete each; refused: stays  -
/// public IP addresses       noted in the status,    delete, wait; in use: stays  stays
///                           and tagged
/// virtual network           tagged                  delete, wait; in use: stays  stays
/// subnet                    noted in the status     delete, wait; in use: stays  stays
/// security group            tagged                  delete, wait; in use: stays  stays
/// resource group, empty     tagged, no neighbour    delete, wait                 stays
/// resource group, not empty tagged                  -                            stays
/// </code>
/// </summary>
/// <param name="Stays">Resources that MeshPort made and does not delete, since others use them.</param>
internal sealed record NetworkRemovalPlan(StepPlan<ArmChange> Steps, IReadOnlyList<string> Stays)
{
    private static readonly string[] InUse =
    [
        "InUseSubnetCannotBeDeleted",
        "SubnetInUse",
        "VirtualNetworkInUse",
        "InUseVirtualNetworkCannotBeDeleted",
        "InUseNetworkSecurityGroupCannotBeDeleted",
        "NetworkSecurityGroupInUse",
    ];

    /// <param name="made">The marks in the cluster's status of the resources that MeshPort made.</param>
    public static NetworkRemovalPlan Of(ClusterId cluster, ClusterSpec spec, IReadOnlyList<string> made, NetworkRemovalSnapshot snapshot)
    {
        if (!spec.Connection.IsAks)
        {
            var nothing = Observation.True(Reasons.NothingToDo, "The cluster is not Azure's, and nothing was made there for it.");
            return new(StepPlan<ArmChange>.Nothing(nothing), []);
        }

        IReadOnlyList<Item> items =
        [
            .. made.Where(RoleAssignments.IsOne).Select(Role),
            .. snapshot.PublicIps.Select(one =>
                Resource(new ResourceIdentifier(one.Key), one.Value, one.Value is { } found && Ownership.IsOurs(found))
            ),
            .. spec.Network is { SubnetId: null } network ? Of(cluster, network, made, snapshot) : [],
            Group(cluster, snapshot),
        ];

        // An item that is being deleted already is waited for before anything behind it is deleted.
        var reached = items.TakeWhile(item => item.Wait is null).ToList();
        var stays = items.Select(item => item.Stays).OfType<string>().ToList();
        var waiting = items.Skip(reached.Count).FirstOrDefault()?.Wait;
        return new(
            new(
                [.. reached.Select(item => item.Change).OfType<ArmChange>()],
                waiting ?? Left(stays),
                [.. items.Select(item => item.DryRun)]
            ),
            stays
        );
    }

    /// <summary>The end of the removal.</summary>
    public static StepResult Left(IReadOnlyList<string> stays) =>
        StepResult.Done(
            Observation.True(
                Reasons.AsDesired,
                stays.Count == 0
                    ? "Nothing that MeshPort created is left."
                    : $"Others use it, or MeshPort may not delete it, so it stays: {string.Join(", ", stays)}."
            )
        );

    private static Item Role(string id)
    {
        var change = NetworkRole.Delete(
            id,
            "MeshPort has given the cluster's identity this role.",
            $"a role assignment ({NetworkRole.DeleteCommand(id)})"
        );
        return new(change.DryRun) { Change = change };
    }

    private static IEnumerable<Item> Of(ClusterId cluster, NetworkSpec network, IReadOnlyList<string> made, NetworkRemovalSnapshot snapshot)
    {
        var subnet = NetworkIds.Subnet(cluster, network);
        var isMarked = made.Contains(subnet.ToString(), StringComparer.OrdinalIgnoreCase);
        var isOurs = snapshot.VirtualNetwork is not { } vnet || Ownership.IsOurs(vnet);
        if (isOurs)
        {
            yield return Resource(NetworkIds.VirtualNetwork(cluster, network), snapshot.VirtualNetwork, isOurs);
        }

        if (!isOurs || (isMarked && snapshot.Subnet is not null))
        {
            yield return Resource(subnet, snapshot.Subnet, isMarked);
        }

        if (network.NetworkSecurityGroup is { } name)
        {
            var found = snapshot.SecurityGroup;
            yield return Resource(NetworkIds.SecurityGroup(cluster, name), found, found is not null && Ownership.IsOurs(found));
        }
    }

    private static Item Resource(ResourceIdentifier id, JsonObject? found, bool isOurs)
    {
        if (found is null || !isOurs)
        {
            return new(PlannedChange.None($"{id}", found is null ? "It does not exist." : "MeshPort did not create it, so it stays."));
        }

        var deleting = StepResult.AskAgain(Reasons.Pending, $"{id.ResourceType.GetLastType()} {id.Name} is being deleted.");
        var change = ArmChange.Delete($"{id}", ApiVersions.Network, "MeshPort created it.") with
        {
            Tolerates = [.. (PublicIps.IsOne($"{id}") ? PublicIps.InUse : InUse).Select(code => new ArmTolerance(code, id.Name))],
            Then = deleting,
        };
        return IsDeleting(found) ? new(change.DryRun) { Wait = deleting } : new(change.DryRun) { Change = change };
    }

    private static Item Group(ClusterId cluster, NetworkRemovalSnapshot snapshot)
    {
        var id = ResourceGroup.IdOf(cluster).ToString();
        if (snapshot.Group is not { } group || !Ownership.IsOurs(group))
        {
            var why = snapshot.Group is null ? "It does not exist." : "MeshPort did not create it, so it stays.";
            return new(PlannedChange.None(id, why));
        }

        if (snapshot.Neighbour is { } neighbour)
        {
            return new(PlannedChange.None(id, $"Cluster {neighbour}, which MeshPort manages, is in it, so it stays."))
            {
                Stays = $"resource group {cluster.ResourceGroup} (cluster {neighbour})",
            };
        }

        var deleting = StepResult.AskAgain(Reasons.Pending, $"Resource group {cluster.ResourceGroup} is being deleted.");
        var change = ArmChange.Delete(
            id,
            ApiVersions.Resources,
            "MeshPort created it; it stays if it then contains resources of others."
        ) with
        {
            Then = deleting,
        };
        return IsDeleting(group) ? new(change.DryRun) { Wait = deleting }
            : snapshot.Resident is { } resident ? new(change.DryRun) { Stays = $"resource group {cluster.ResourceGroup} ({resident})" }
            : new(change.DryRun) { Change = change };
    }

    private static bool IsDeleting(JsonObject resource) => resource["properties"]?["provisioningState"]?.GetValue<string>() == "Deleting";

    /// <summary>One resource, in the order of the removal.</summary>
    private sealed record Item(PlannedChange DryRun)
    {
        public ArmChange? Change { get; init; }

        /// <summary>Set while Azure deletes it.</summary>
        public StepResult? Wait { get; init; }

        /// <summary>Set when MeshPort made it and others use it.</summary>
        public string? Stays { get; init; }
    }
}
