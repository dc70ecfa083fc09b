using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Resources;
using MeshPort.Arm;
using MeshPort.Model;
using MeshPort.Network;

namespace MeshPort.Convergence;

/// <summary>What the removal of a cluster would take from Azure, and out of a cluster that stays: only what MeshPort has made. Writes nothing.</summary>
internal sealed class RemovalPlanner(ArmClient arm, ClusterExposuresDryRun exposures)
{
    /// <returns>Whether a cluster that stays could be looked at, and what would be done.</returns>
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<(StepResult Observation, IReadOnlyList<PlannedChange> Changes)> PlanAsync(
        ClusterId cluster,
        Resource<ClusterSpec> known,
        CancellationToken cancellationToken
    )
    {
        if (!known.Spec.Connection.IsAks)
        {
            return await exposures.PlanRemovalAsync(cluster, known, cancellationToken);
        }

        var changes = new List<PlannedChange>();
        var managed = ManagedClusterResource.Of(arm, cluster);
        var observed = await managed.GetIfExistsAsync(cancellationToken);
        if (observed is not null && !Ownership.IsOurs(observed))
        {
            var (observation, withdrawn) = await exposures.PlanRemovalAsync(cluster, known, cancellationToken);
            if (observation.Observation.Status != ConditionStatus.True)
            {
                return (observation, []);
            }

            changes.AddRange(withdrawn);
        }
        else
        {
            changes.AddRange(await exposures.PlanFirewallRemovalAsync(cluster, known, cancellationToken));
        }

        Add(changes, managed.Id, observed, Ownership.IsOurs);
        changes.AddRange(
            known
                .Status.Made.Where(RoleAssignments.IsOne)
                .Select(id => PlannedChange.Delete(id, "MeshPort has given the cluster's identity this role."))
        );
        if (known.Spec.Network is { SubnetId: null } network)
        {
            var (vnet, subnet) = (EnsureNetwork.VirtualNetworkId(cluster, network), EnsureNetwork.SubnetId(cluster, network));
            if (await ReadAsync(vnet, cancellationToken) is { } found && !Ownership.IsOurs(found))
            {
                Add(
                    changes,
                    subnet,
                    await ReadAsync(subnet, cancellationToken),
                    _ => known.Status.Made.Contains(subnet.ToString(), StringComparer.OrdinalIgnoreCase)
                );
            }
            else
            {
                Add(changes, vnet, found: await ReadAsync(vnet, cancellationToken), Ownership.IsOurs);
            }

            if (network.NetworkSecurityGroup is { } name)
            {
                var guard = EnsureNetwork.SecurityGroupId(cluster, name);
                Add(changes, guard, await ReadAsync(guard, cancellationToken), Ownership.IsOurs);
            }
        }

        changes.Add(await GroupAsync(cluster, cancellationToken));
        return (ExposureDryRun.Seen, changes);
    }

    private static void Add(List<PlannedChange> changes, ResourceIdentifier id, JsonObject? found, Func<JsonObject, bool> isOurs) =>
        changes.Add(
            found is null ? PlannedChange.None(id.ToString(), "It does not exist.")
            : isOurs(found) ? PlannedChange.Delete(id.ToString(), "MeshPort has made it.")
            : PlannedChange.None(id.ToString(), "It was not made by MeshPort, so it stays.")
        );

    private async Task<PlannedChange> GroupAsync(ClusterId cluster, CancellationToken cancellationToken)
    {
        var group = arm.GetResourceGroupResource(
            ResourceGroupResource.CreateResourceIdentifier(cluster.SubscriptionId, cluster.ResourceGroup)
        );
        try
        {
            var tags = (await group.GetAsync(cancellationToken)).Value.Data.Tags;
            return tags.TryGetValue(Ownership.Tag, out var value) && value == Ownership.Value
                ? PlannedChange.Delete(group.Id.ToString(), "MeshPort has made it; it stays if anything of others is in it then.")
                : PlannedChange.None(group.Id.ToString(), "It was not made by MeshPort, so it stays.");
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return PlannedChange.None(group.Id.ToString(), "It does not exist.");
        }
    }

    private Task<JsonObject?> ReadAsync(ResourceIdentifier id, CancellationToken cancellationToken) =>
        new ArmJsonResource(arm, id, ApiVersions.Network).GetIfExistsAsync(cancellationToken);
}
