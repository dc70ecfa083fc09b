using System.Collections.Concurrent;
using System.Diagnostics;
using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Proof;

/// <summary>Proves each exposure from outside. Only what really answered is Reachable.</summary>
internal sealed class ProbeExposures(ClusterStore clusters, ExposureStore exposures, StatusStore log)
{
    private const int Concurrency = 32;

    [Function(nameof(ProbeExposures))]
    public async Task<StepResult> RunAsync([ActivityTrigger] StepInput question, CancellationToken cancellationToken)
    {
        var round = await ExposurePass.StartAsync(exposures, log, question, ConditionTypes.Reachable, cancellationToken);
        var verdicts = new ConcurrentDictionary<string, (Observation Observation, ProbeResult? Probe)>(StringComparer.Ordinal);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            round.Active,
            options,
            async (exposure, token) => verdicts[exposure.Name] = await ProveAsync(exposure.Spec, exposure.Address, token)
        );
        var guard = round.Active.Any(exposure => exposure.Spec.AllowedSources.Count > 0)
            ? (await clusters.GetAsync(question.Cluster, cancellationToken))?.Spec
            : null;
        foreach (var exposure in round.Active)
        {
            round.Report(
                exposure.Name,
                Report(exposure, SourceRestrictionProbe.Judge(exposure, verdicts[exposure.Name].Observation, guard))
            );
        }

        return await round.FinishAsync(
            cancellationToken,
            change: (exposure, status) => verdicts.GetValueOrDefault(exposure.Name).Probe is { } probe ? status.Probed(probe) : status
        );
    }

    /// <summary>A load balancer takes a while to carry a new port, so a failure is asked again until the deadline, and silence that may be meant is until it is known for this spec.</summary>
    private static StepResult Report(NamedExposure exposure, Observation verdict) =>
        verdict.Status switch
        {
            ConditionStatus.False => StepResult.AskAgain(verdict.Reason, verdict.Message),
            ConditionStatus.Unknown when exposure.Spec.Gateway == GatewayKind.External && !SourceRestrictionProbe.IsKnown(exposure) =>
                StepResult.AskAgain(verdict.Reason, verdict.Message),
            _ => StepResult.Done(verdict),
        };

    private async Task<(Observation Observation, ProbeResult? Probe)> ProveAsync(
        ExposureSpec spec,
        string? address,
        CancellationToken cancellationToken
    ) =>
        (spec.Gateway, address) switch
        {
            (_, null) => (Observation.False(Reasons.AddressPending, "The gateway has no address."), null),
            (GatewayKind.Internal, _) => (
                Observation.Unknown(
                    Reasons.NotReachableFromHere,
                    "The internal gateway cannot be reached from outside its network; prove it from inside."
                ),
                null
            ),
            _ => await ProbeAsync(spec, address, cancellationToken),
        };

    private async Task<(Observation Observation, ProbeResult? Probe)> ProbeAsync(
        ExposureSpec spec,
        string address,
        CancellationToken cancellationToken
    )
    {
        using var span = Spans.Probe(address, spec.Port);
        var started = Stopwatch.GetTimestamp();
        var verdict = await TcpProbe.RunAsync(address, spec.Port, ServerName(spec), spec.Probe, cancellationToken);
        var latency = Stopwatch.GetElapsedTime(started);
        span.End(verdict.Reason, verdict.Status == ConditionStatus.True);
        Instruments.Probed(verdict.Reason, latency);
        return (verdict, new ProbeResult(log.Now, verdict.Reason, latency));
    }

    /// <summary>Null speaks plain TCP; a wildcard stands for any name below it.</summary>
    private static string? ServerName(ExposureSpec spec) =>
        spec.SniHosts is [var host, ..] ? host.Replace("*.", "meshport-probe.", StringComparison.Ordinal) : null;
}
