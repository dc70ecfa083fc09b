using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Features;
using MeshPort.Kubernetes;
using MeshPort.ManagedClusters;
using MeshPort.Mesh;
using MeshPort.Model;
using MeshPort.Network;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>
/// Observes and plans all steps of a cluster in one activity, read-only, and stops at the first that is not as it was. An idle cluster
/// costs one request for each feature, and one each for subnet, cluster, role on the subnet, control planes and Services; and one read of
/// State.
/// </summary>
internal sealed class ObserveCluster(ArmClient arm, ClusterConnections connections, ClusterStore clusters)
{
    /// <summary>For all steps together; a service that hangs is left to its own step.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Function(nameof(ObserveCluster))]
    public async Task<ClusterObservation> RunAsync([ActivityTrigger] ConvergenceStart start, CancellationToken cancellationToken)
    {
        if (
            await clusters.GetAsync(start.Cluster, cancellationToken) is not { } known
            || known.Metadata.Generation != start.Generation
            || !ConditionTypes.OfCluster.All(known.Status.IsTrue)
        )
        {
            return ClusterObservation.NotIdle(null);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var steps = new List<ObservedStep>();
        foreach (var (step, condition, look) in Looks(start, patience.Token))
        {
            var seen = await ArmErrors.ClassifyErrorsAsync(look, fault => Look.Of(StepResult.Of(fault)), cancellationToken);
            var observation = seen.Plan.Result.Observation;
            var status = seen.Note(known.Status).With(condition, observation, start.Generation, start.Began);
            if (!seen.Plan.IsReached || status != known.Status)
            {
                return ClusterObservation.NotIdle(observation.IsUnobserved ? step : null);
            }

            steps.Add(new ObservedStep(step, observation));
        }

        return new ClusterObservation(IsIdle: true, steps, null);
    }

    /// <summary>The steps in the order of the chain.</summary>
    private IEnumerable<(string Step, string Condition, Func<Task<Look>> Look)> Looks(
        ConvergenceStart start,
        CancellationToken cancellationToken
    )
    {
        var (cluster, spec) = (start.Cluster, start.Spec);
        yield return (ConvergenceSteps.Features, ConditionTypes.FeaturesRegistered, FeaturesAsync);
        yield return (ConvergenceSteps.Network.Step, ConditionTypes.NetworkReady, NetworkAsync);
        yield return (ConvergenceSteps.Cluster.Step, ConditionTypes.ClusterReady, ClusterAsync);
        yield return (ConvergenceSteps.Mesh.Step, ConditionTypes.MeshReady, () => ReadAsync(MeshAsync));
        yield return (ConvergenceSteps.Gateways.Step, ConditionTypes.GatewayReady, () => ReadAsync(GatewaysAsync));

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
            var snapshot = await ManagedClusterSnapshot.ObserveAsync(arm, connections, cluster, spec, memo, cancellationToken);
            return Look.Of(ManagedClusterPlan.Of(cluster, spec, snapshot, memo));
        }

        async Task<Look> MeshAsync(KubernetesApi api) =>
            Look.Of(ControlPlanePlan.Of(await ControlPlaneSnapshot.ObserveAsync(api, cancellationToken)));

        async Task<Look> GatewaysAsync(KubernetesApi api)
        {
            var snapshot = await GatewaysSnapshot.ObserveAsync(api, spec, cancellationToken);
            return new Look(GatewaysPlan.Of(spec, snapshot), status => GatewaysPlan.Note(status, spec, snapshot));
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

    /// <param name="Note">What the step notes in the cluster's status beside its condition.</param>
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
