using MeshPort.Clusters;
using MeshPort.State;

namespace MeshPort.Exposures;

/// <summary>Proves each exposure from outside. Only what really answered is Reachable.</summary>
internal sealed class ProbeExposures(DesiredClusters clusters, DesiredExposures exposures, ConvergenceLog log)
{
    private const int Concurrency = 32;

    [Function(nameof(ProbeExposures))]
    public async Task<StationReport> RunAsync([ActivityTrigger] StationQuestion question, CancellationToken cancellationToken)
    {
        var round = await ExposureRound.StartAsync(exposures, log, question, ConditionTypes.Reachable, cancellationToken);
        var verdicts = new System.Collections.Concurrent.ConcurrentDictionary<string, Verdict>(StringComparer.Ordinal);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(round.Active, options, async (exposure, token) =>
            verdicts[exposure.Name] = await ProveAsync(exposure.Spec, exposure.Address, token));
        var guard = round.Active.Any(exposure => exposure.Spec.AllowedSources.Count > 0) ? (await clusters.GetAsync(question.Cluster, cancellationToken))?.Spec : null;
        foreach (var exposure in round.Active)
        {
            round.Report(exposure.Name, Report(exposure, KeptOut.Judge(exposure, verdicts[exposure.Name], guard)));
        }

        return await round.FinishAsync(cancellationToken);
    }

    /// <summary>A load balancer takes a while to carry a new port, so a failure is asked again until the deadline, and silence that may be meant is until it is known for this spec.</summary>
    private static StationReport Report(NamedExposure exposure, Verdict verdict) => verdict.Status switch
    {
        ConditionStatus.False => StationReport.AskAgain(verdict.Reason, verdict.Message),
        ConditionStatus.Unknown when exposure.Spec.Gateway == GatewayKind.External && !KeptOut.IsKnown(exposure) => StationReport.AskAgain(verdict.Reason, verdict.Message),
        _ => StationReport.Done(verdict),
    };

    private static async Task<Verdict> ProveAsync(ExposureSpec spec, string? address, CancellationToken cancellationToken) => (spec.Gateway, address) switch
    {
        (_, null) => Verdict.False(Reasons.AddressPending, "The gateway has no address."),
        (GatewayKind.Internal, _) => Verdict.Unknown(Reasons.NotReachableFromHere, "The internal gateway cannot be reached from outside its network; prove it from inside."),
        _ => await TcpProbe.RunAsync(address, spec.Port, ServerName(spec), spec.Probe, cancellationToken),
    };

    /// <summary>Null speaks plain TCP; a wildcard stands for any name below it.</summary>
    private static string? ServerName(ExposureSpec spec) => spec.SniHosts is [var host, ..] ? host.Replace("*.", "meshport-probe.", StringComparison.Ordinal) : null;
}
