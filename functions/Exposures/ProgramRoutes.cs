using MeshPort.Clusters;
using MeshPort.Exposures.Strategies;
using MeshPort.Kubernetes;
using MeshPort.State;

namespace MeshPort.Exposures;

/// <summary>Writes the routes of every exposure as the cluster's strategy has them, after looking whether its backends are there.</summary>
internal sealed class ProgramRoutes(
    ClusterConnections connections,
    DesiredClusters clusters,
    DesiredExposures exposures,
    ConvergenceLog log,
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
    public Task<StationReport> RunAsync([ActivityTrigger] StationQuestion question, CancellationToken cancellationToken) =>
        KubernetesFaults.GuardAsync(connections, question.Cluster, api => ReachAsync(api, question, cancellationToken), cancellationToken);

    private async Task<StationReport> ReachAsync(KubernetesApi api, StationQuestion question, CancellationToken cancellationToken)
    {
        if (await clusters.GetAsync(question.Cluster, cancellationToken) is not { } cluster)
        {
            return StationReport.Done(Verdict.True(Reasons.NothingToDo, "The cluster is not known any more."));
        }

        var spec = cluster.Spec;
        var strategy = strategies.Single(strategy => strategy.Kind == spec.Strategy);
        var round = await ExposureRound.StartAsync(exposures, log, question, ConditionTypes.RouteProgrammed, cancellationToken);
        var active = round.Active.ToList();
        var (routes, found) = await RoutesWanted.FindAsync(
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
            .. await LeftRoutes.GuardsAsync(api, spec, cluster.Status, round.All, cancellationToken),
            .. routes,
        ];
        var obstacles = new Dictionary<string, Verdict>(found, StringComparer.Ordinal);
        var observed = await ObservedObjects.ReadAsync(api, log, question.Cluster, Family, desired, cancellationToken);
        LeftRoutes.Keep(observed, round.All, cluster.Status, spec.Strategy);
        var planned = RoutePlan.Make(desired, observed, round.Names);
        List<Change> changes =
            question.Withdraw == Withdraw.None
                ? [.. RoutesWanted.Possible(planned, observed, exposure => !round.Takes(exposure) || obstacles.ContainsKey(exposure))]
                : [.. planned.Where(change => change.Exposure is null || RoutesWanted.Guards(change.Target))];
        foreach (var (exposure, refusal) in await ApplyChanges.RunAsync(api, changes, cancellationToken))
        {
            obstacles.TryAdd(exposure, refusal);
        }

        active.ForEach(exposure =>
            round.Report(
                exposure.Name,
                obstacles.TryGetValue(exposure.Name, out var obstacle) ? StationReport.Done(obstacle)
                    : ExposureRound.Terminates(exposure, desired, observed) is { } waits ? StationReport.AskAgain(Reasons.Pending, waits)
                    : StationReport.Done(Verdict.True(Reasons.AsDesired, "The route is as desired."))
            )
        );
        return await round.FinishAsync(
            cancellationToken,
            round.Left(observed),
            (exposure, status) => Repairs.Tell(exposure, status, ConditionTypes.RouteProgrammed, changes, log.Now)
        );
    }
}
