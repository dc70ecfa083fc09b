using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Features;
using MeshPort.Kubernetes;
using MeshPort.ManagedClusters;
using MeshPort.Model;
using MeshPort.Network;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>
/// The dry run of a convergence or a removal of a cluster. It observes and plans with the code of the steps, and applies nothing.
/// </summary>
internal sealed class ClusterDryRun(
    ArmClient arm,
    ClusterConnections connections,
    ClusterStore clusters,
    ClusterAddressesDryRun addresses,
    ClusterExposuresDryRun exposures
)
{
    /// <exception cref="Azure.RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<IReadOnlyList<PlannedChange>> PlanAsync(ClusterId cluster, ClusterSpec spec, CancellationToken cancellationToken)
    {
        var status = (await clusters.GetAsync(cluster, cancellationToken))?.Status ?? new ResourceStatus();
        if (!spec.Connection.IsAks)
        {
            // The cluster itself is not Azure's to make.
            return await exposures.PlanAsync(cluster, spec, status with { Chosen = [] }, hasApiServer: true, cancellationToken);
        }

        var changes = new List<PlannedChange>();
        var providers = await RequiredProvidersSnapshot.ObserveAsync(arm, cluster, cancellationToken);
        changes.AddRange(RequiredProvidersPlan.Of(cluster.SubscriptionId, providers).DryRun);
        foreach (var feature in spec.Features)
        {
            var found = await FeatureSnapshot.ObserveAsync(arm, cluster.SubscriptionId, feature, cancellationToken);
            changes.AddRange(FeaturePlan.Of(cluster.SubscriptionId, feature, found, memo: null).DryRun);
        }

        var network = await NetworkSnapshot.ObserveAsync(arm, cluster, spec, cancellationToken);
        changes.AddRange(NetworkPlan.Of(cluster, spec, network).DryRun);

        var memo = ManagedClusterMemo.None;
        var managed = await ManagedClusterSnapshot.ObserveAsync(arm, connections, cluster, spec, status, memo, cancellationToken);
        changes.AddRange(ManagedClusterPlan.Of(cluster, spec, managed, memo).DryRun);

        status = NodeSubnets.Note(NetworkPlan.Note(status, network), managed);
        var hasApiServer = ManagedClusterBody.HasApiServer(managed.Cluster);
        var (chosen, told) = await addresses.PlanAsync(cluster, spec, status, hasApiServer, cancellationToken);
        changes.AddRange(told);
        changes.AddRange(await exposures.PlanAsync(cluster, spec, status with { Chosen = chosen }, hasApiServer, cancellationToken));
        return changes;
    }

    /// <summary>The deletions of a removal, in Azure and in a cluster that stays: only objects that MeshPort made.</summary>
    /// <returns>Whether a cluster that stays could be observed, and what would be done.</returns>
    /// <exception cref="Azure.RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<(StepResult Observation, IReadOnlyList<PlannedChange> Changes)> PlanRemovalAsync(
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
        var observed = await ManagedClusterResource.Of(arm, cluster).GetIfExistsAsync(cancellationToken);
        if (ManagedClusterRemovalPlan.Stays(isAks: true, observed))
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

        var network = await RemoveNetwork.PlanAsync(arm, clusters, cluster, known, cancellationToken);
        return (
            ExposureDryRun.Seen,
            [
                .. changes,
                .. ManagedClusterRemovalPlan.Of(cluster, isAks: true, observed, known.Status.Made, memo: null).DryRun,
                .. network.Steps.DryRun,
            ]
        );
    }
}
