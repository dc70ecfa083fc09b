using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Features;
using MeshPort.Kubernetes;
using MeshPort.ManagedClusters;
using MeshPort.Mesh;
using MeshPort.Model;
using MeshPort.Network;

namespace MeshPort.Convergence;

/// <summary>
/// Observes and plans all steps of a cluster at the beginning of a convergence, read-only, and stops at the first that is not as it was. An
/// idle cluster costs one request for each feature, and one each for subnet, cluster, role on the subnet, maintenance windows of the spec,
/// control planes and Services. Other subnets of node pools cost one each. Addresses of the spec cost one for each of their resources and
/// roles, and one for the cluster again.
/// </summary>
internal sealed partial class ClusterObserver(ArmClient arm, ClusterConnections connections, ILogger<ClusterObserver> logger)
{
    /// <summary>For all steps together; a service that hangs is left to its own step.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <param name="known">The cluster as it is stored.</param>
    public async Task<ClusterObservation> ObserveAsync(
        ClusterId cluster,
        Resource<ClusterSpec> known,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        if (!ConditionTypes.OfCluster.All(type => known.Status.IsTrue(type) || IsDifference(known.Status.Find(type))))
        {
            return ClusterObservation.NotIdle(null);
        }

        try
        {
            return await LookAsync(cluster, known, now, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Log.Failed(logger, cluster.Key, exception); // its own step reports the fault
            return ClusterObservation.NotIdle(null);
        }
    }

    /// <summary>A difference that MeshPort has reported and does not change keeps no cluster from being idle.</summary>
    private static bool IsDifference(Condition? known) =>
        known
            is { Status: ConditionStatus.False, Reason: Reasons.ClusterDiffers, Type: ConditionTypes.ClusterReady or ConditionTypes.Ready };

    private async Task<ClusterObservation> LookAsync(
        ClusterId cluster,
        Resource<ClusterSpec> known,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var steps = new List<ObservedStep>();
        foreach (var (step, condition, look) in Looks(cluster, known, patience.Token))
        {
            var seen = await ArmErrors.ClassifyErrorsAsync(look, fault => Look.Of(StepResult.Of(fault)), cancellationToken);
            var observation = seen.Plan.Result.Observation;
            var status = seen.Note(known.Status).With(condition, observation, known.Metadata.Generation, now);
            if (!seen.Plan.IsPassed || status != known.Status)
            {
                return ClusterObservation.NotIdle(observation.IsUnobserved ? step : null);
            }

            steps.Add(new ObservedStep(step, observation));
        }

        return new ClusterObservation(IsIdle: true, steps, null);
    }

    /// <summary>The steps in the order of the chain.</summary>
    private IEnumerable<(string Step, string Condition, Func<Task<Look>> Look)> Looks(
        ClusterId cluster,
        Resource<ClusterSpec> known,
        CancellationToken cancellationToken
    )
    {
        var spec = known.Spec;
        yield return (ConvergenceSteps.Features, ConditionTypes.FeaturesRegistered, FeaturesAsync);
        yield return (ConvergenceSteps.Network.Step, ConditionTypes.NetworkReady, NetworkAsync);
        yield return (ConvergenceSteps.Cluster.Step, ConditionTypes.ClusterReady, ClusterAsync);
        yield return (ConvergenceSteps.Mesh.Step, ConditionTypes.MeshReady, () => ReadAsync(MeshAsync));
        yield return (ConvergenceSteps.Gateways.Step, ConditionTypes.GatewayReady, GatewaysAsync);

        async Task<Look> FeaturesAsync()
        {
            var plans = await Task.WhenAll(
                spec.Features.Select(async feature =>
                    FeaturePlan.Of(
                        cluster.SubscriptionId,
                        feature,
                        await FeatureSnapshot.ObserveAsync(arm, cluster.SubscriptionId, feature, cancellationToken),
                        memo: null
                    )
                )
            );
            var all = StepResult.Done(FeaturePlan.Summary([.. plans.Select(plan => plan.Result.Observation)]));
            return Look.Of(new StepPlan<ArmChange>([.. plans.SelectMany(plan => plan.Changes)], all, []));
        }

        async Task<Look> NetworkAsync()
        {
            var snapshot = await NetworkSnapshot.ObserveAsync(arm, cluster, spec, cancellationToken);
            return new Look(NetworkPlan.Of(cluster, spec, snapshot), status => NetworkPlan.Note(status, snapshot));
        }

        async Task<Look> ClusterAsync()
        {
            var memo = ManagedClusterMemo.None;
            var snapshot = await ManagedClusterSnapshot.ObserveAsync(
                arm,
                connections,
                cluster,
                spec,
                known.Status,
                memo,
                cancellationToken
            );
            return new Look(ManagedClusterPlan.Of(cluster, spec, snapshot, memo), status => NodeSubnets.Note(status, snapshot));
        }

        async Task<Look> MeshAsync(KubernetesApi api) =>
            Look.Of(ControlPlanePlan.Of(await ControlPlaneSnapshot.ObserveAsync(api, spec, cancellationToken)));

        async Task<Look> GatewaysAsync()
        {
            var addresses = await EnsureGateways.PlanAddressesAsync(arm, cluster, spec, known.Status, cancellationToken);
            var chosen = addresses.Chosen ?? [];
            return await ReadAsync(async api =>
            {
                var snapshot = await GatewaysSnapshot.ObserveAsync(api, spec, addresses, cancellationToken);
                return new Look(
                    GatewaysPlan.Of(spec, snapshot, addresses, known.Status).Steps,
                    status => GatewaysPlan.Note(status, spec, snapshot, chosen)
                );
            });
        }

        async Task<Look> ReadAsync(Func<KubernetesApi, Task<Look>> read)
        {
            Look? seen = null;
            var result = await KubernetesErrors.ClassifyErrorsAsync(
                connections,
                cluster,
                spec.Connection,
                async api => (seen = await read(api)).Plan.Result,
                cancellationToken
            );
            return seen ?? Look.Of(result);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The steps of {Cluster} cannot be observed together; the convergence observes them one by one")]
        public static partial void Failed(ILogger logger, string cluster, Exception exception);
    }

    /// <param name="Note">The notes of the step in the cluster's status beside its condition.</param>
    private sealed record Look(StepPlan<ArmChange> Plan, Func<ResourceStatus, ResourceStatus> Note)
    {
        public static Look Of(StepPlan<ArmChange> plan) => new(plan, status => status);

        public static Look Of(StepResult result) => Of(StepPlan<ArmChange>.Nothing(result));
    }
}

/// <param name="IsIdle">Every step is reached, with nothing to change, note or record.</param>
/// <param name="Steps">In order, when idle.</param>
/// <param name="Unobserved">The step that a fault kept MeshPort from observing.</param>
public sealed record ClusterObservation(bool IsIdle, IReadOnlyList<ObservedStep> Steps, string? Unobserved)
{
    internal static ClusterObservation NotIdle(string? unobserved) => new(IsIdle: false, [], unobserved);
}

public sealed record ObservedStep(string Step, Observation Observation);
