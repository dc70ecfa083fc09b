using System.Text.Json.Nodes;
using MeshPort.Clusters;
using MeshPort.Exposures.Strategies;
using MeshPort.Kubernetes;
using MeshPort.State;

namespace MeshPort.Exposures;

/// <summary>Writes the routes of every exposure as the cluster's strategy has them, after looking whether its backends are there.</summary>
internal sealed class ProgramRoutes(ClusterConnections connections, DesiredClusters clusters, DesiredExposures exposures, ConvergenceLog log, IEnumerable<IPortStrategy> strategies)
{
    private static readonly ObjectKind[] OfIstio = [ObjectKind.Gateway, ObjectKind.VirtualService];
    private static readonly ObjectKind[] OfGatewayApi = [ObjectKind.TcpRoute, ObjectKind.TlsRoute, ObjectKind.ReferenceGrant];
    internal static readonly ObjectKind[] Family = [ObjectKind.AuthorizationPolicy, .. OfIstio, ObjectKind.ServiceEntry, ObjectKind.DestinationRule, .. OfGatewayApi];

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
        var (desired, found) = await RoutesWanted.FindAsync(api, spec, strategy, round.All, question.Withdraw == Withdraw.None ? round.All : [], active, cancellationToken);
        var obstacles = new Dictionary<string, Verdict>(found, StringComparer.Ordinal);
        var observed = await ObservedObjects.ReadAsync(api, log, question.Cluster, Family, desired, cancellationToken);
        KeepUntilMoved(observed, round, cluster.Status, spec.Strategy);
        var changes = RoutePlan.Make(desired, observed, round.Names)
            .Select(change => (round.Takes(change.Exposure) && !obstacles.ContainsKey(change.Exposure ?? "")) || RoutesWanted.Guards(change.Target) ? change
                : question.Withdraw == Withdraw.None ? RoutePlan.HeldUp(change, observed)
                : null)
            .OfType<Change>()
            .ToList();
        foreach (var (exposure, refusal) in await ApplyChanges.RunAsync(api, changes, cancellationToken))
        {
            obstacles.TryAdd(exposure, refusal);
        }

        active.ForEach(exposure => round.Report(exposure.Name, obstacles.TryGetValue(exposure.Name, out var obstacle) ? StationReport.Done(obstacle)
            : ExposureRound.Terminates(exposure, desired, observed) is { } waits ? StationReport.AskAgain(Reasons.Pending, waits)
            : StationReport.Done(Verdict.True(Reasons.AsDesired, "The route is as desired."))));
        return await round.FinishAsync(cancellationToken, round.Left(observed), (exposure, status) => Repairs.Tell(exposure, status, ConditionTypes.RouteProgrammed, changes, log.Now));
    }

    /// <summary>Whether the two ways of opening ports need other kinds of routes.</summary>
    internal static bool HasOtherRoutes(Strategy one, Strategy other) => (one == Strategy.GatewayApi) != (other == Strategy.GatewayApi);

    /// <summary>While ports are still open in a way that needs the other kind of routes, those of wanted exposures are not looked at, and so stay.</summary>
    private static void KeepUntilMoved(Dictionary<ObjectRef, JsonObject> observed, ExposureRound round, ResourceStatus status, Strategy chosen)
    {
        var isOpenElsewhere = Enum.GetValues<Strategy>().Any(other => HasOtherRoutes(other, chosen) && status.Made.Contains(OpenPorts.Mark(other)));
        if (!isOpenElsewhere)
        {
            return;
        }

        var wanted = round.All.Select(exposure => exposure.Name).ToHashSet(StringComparer.Ordinal);
        var kinds = chosen == Strategy.GatewayApi ? OfIstio : OfGatewayApi;
        foreach (var target in observed.Where(found => kinds.Contains(found.Key.Kind) && wanted.Contains(RoutePlan.Owner(found.Value))).Select(found => found.Key).ToList())
        {
            observed.Remove(target);
        }
    }
}
