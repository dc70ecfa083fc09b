using MeshPort.Convergence;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;
using MeshPort.State;

namespace MeshPort.Routes;

/// <summary>Writes the routes of every exposure as the cluster's strategy has them, after looking whether its backends are there.</summary>
internal sealed class ProgramRoutes(
    ClusterConnections connections,
    ClusterStore clusters,
    ExposureStore exposures,
    StatusStore log,
    IEnumerable<IPortStrategy> strategies
)
{
    internal static readonly ObjectKind[] Family =
    [
        ObjectKind.AuthorizationPolicy,
        ObjectKind.Gateway,
        ObjectKind.VirtualService,
        ObjectKind.ServiceEntry,
        ObjectKind.DestinationRule,
        ObjectKind.TcpRoute,
        ObjectKind.TlsRoute,
        ObjectKind.ReferenceGrant,
    ];

    [Function(nameof(ProgramRoutes))]
    public async Task<StepResult> RunAsync([ActivityTrigger] StepInput question, CancellationToken cancellationToken) =>
        await KubernetesErrors.ClassifyErrorsAsync(
            connections,
            question.Cluster,
            (await log.FindDesireAsync(question.Cluster, cancellationToken))?.Cluster.Spec.Connection ?? Connection.Aks,
            api => ReachAsync(api, question, cancellationToken),
            cancellationToken
        );

    private async Task<StepResult> ReachAsync(KubernetesApi api, StepInput question, CancellationToken cancellationToken)
    {
        if (await clusters.GetAsync(question.Cluster, cancellationToken) is not { } cluster)
        {
            return StepResult.Done(Observation.True(Reasons.NothingToDo, "The cluster is not known any more."));
        }

        var spec = cluster.Spec;
        var strategy = strategies.Single(strategy => strategy.Kind == spec.Strategy);
        var round = await ExposurePass.StartAsync(exposures, log, question, ConditionTypes.RouteProgrammed, cancellationToken);
        var active = round.Active.ToList();
        var (routes, found) = await DesiredRoutes.FindAsync(
            api,
            spec,
            strategy,
            round.All,
            question.Withdraw == Withdraw.None ? round.All : [],
            active,
            cancellationToken
        );
        IReadOnlyList<DesiredObject> desired =
        [
            .. await PreviousStrategyRoutes.GuardsAsync(api, spec, cluster.Status, round.All, cancellationToken),
            .. routes,
        ];
        var obstacles = new Dictionary<string, Observation>(found, StringComparer.Ordinal);
        var observed = await ObservedObjects.ReadAsync(api, log, question.Cluster, Family, desired, cancellationToken);
        PreviousStrategyRoutes.Keep(observed, round.All, cluster.Status, spec.Strategy);
        var planned = ObjectPlan.Make(desired, observed, round.Names);
        List<Change> changes =
            question.Withdraw == Withdraw.None
                ? [.. DesiredRoutes.Possible(planned, observed, exposure => !round.Takes(exposure) || obstacles.ContainsKey(exposure))]
                : [.. planned.Where(change => change.Exposure is null || DesiredRoutes.Guards(change.Target))];
        foreach (var (exposure, refusal) in await ApplyChanges.RunAsync(api, changes, cancellationToken))
        {
            obstacles.TryAdd(exposure, refusal);
        }

        active.ForEach(exposure =>
            round.Report(
                exposure.Name,
                obstacles.TryGetValue(exposure.Name, out var obstacle) ? StepResult.Done(obstacle)
                    : ExposurePass.Terminates(exposure, desired, observed) is { } waits ? StepResult.AskAgain(Reasons.Pending, waits)
                    : StepResult.Done(Observation.True(Reasons.AsDesired, "The route is as desired."))
            )
        );
        return await round.FinishAsync(
            cancellationToken,
            round.Left(observed),
            (exposure, status) => Repairs.Tell(exposure, status, ConditionTypes.RouteProgrammed, changes, log.Now)
        );
    }
}
