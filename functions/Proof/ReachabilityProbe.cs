using System.Collections.Concurrent;
using System.Diagnostics;
using MeshPort.Model;
using MeshPort.Telemetry;

namespace MeshPort.Proof;

/// <summary>Connects to exposures from outside. Only an answer makes an exposure reachable.</summary>
internal sealed class ReachabilityProbe(TimeProvider time)
{
    private const int Concurrency = 32;

    /// <param name="spec">The cluster's spec, which says whether other sources are kept out.</param>
    /// <returns>By exposure, the result, and the probe where one was made.</returns>
    public async Task<IReadOnlyDictionary<string, (StepResult Result, ProbeResult? Probe)>> RunAsync(
        IReadOnlyList<NamedExposure> exposures,
        ClusterSpec spec,
        CancellationToken cancellationToken
    )
    {
        var found = new ConcurrentDictionary<string, (StepResult, ProbeResult?)>(StringComparer.Ordinal);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            exposures,
            options,
            async (exposure, token) =>
            {
                var (observation, probe) = await ProveAsync(exposure, token);
                found[exposure.Name] = (ResultOf(exposure, SourceRestrictionProbe.Judge(exposure, observation, spec)), probe);
            }
        );
        return found;
    }

    /// <summary>
    /// A load balancer takes a while to carry a new port, so a failure is probed again until the deadline. Silence that
    /// <c>allowedSources</c> explains is probed again until it is recorded for this spec.
    /// </summary>
    private static StepResult ResultOf(NamedExposure exposure, Observation observation) =>
        observation.Status switch
        {
            ConditionStatus.False => StepResult.AskAgain(observation.Reason, observation.Message),
            ConditionStatus.Unknown when exposure.Spec.Gateway == GatewayKind.External && !SourceRestrictionProbe.IsKnown(exposure) =>
                StepResult.AskAgain(observation.Reason, observation.Message),
            _ => StepResult.Done(observation),
        };

    private async Task<(Observation, ProbeResult?)> ProveAsync(NamedExposure exposure, CancellationToken cancellationToken) =>
        (exposure.Spec.Gateway, exposure.Address) switch
        {
            (_, null) => (Observation.False(Reasons.AddressPending, "The gateway has no address."), null),
            (GatewayKind.Internal, _) => (
                Observation.Unknown(
                    Reasons.NotReachableFromHere,
                    "The internal gateway cannot be reached from outside its network. Check it from inside."
                ),
                null
            ),
            (_, { } address) => await ProbeAsync(exposure.Spec, address, cancellationToken),
        };

    private async Task<(Observation, ProbeResult?)> ProbeAsync(ExposureSpec spec, string address, CancellationToken cancellationToken)
    {
        using var span = Spans.Probe(address, spec.Port);
        var started = Stopwatch.GetTimestamp();
        var observation = await TcpProbe.RunAsync(address, spec.Port, ServerName(spec), spec.Probe, cancellationToken);
        var latency = Stopwatch.GetElapsedTime(started);
        span.End(observation.Reason, observation.Status == ConditionStatus.True);
        Instruments.Probed(observation.Reason, latency);
        return (observation, new ProbeResult(time.GetUtcNow(), observation.Reason, latency));
    }

    /// <returns>Null for plain TCP. A wildcard stands for any name below it.</returns>
    private static string? ServerName(ExposureSpec spec) =>
        spec.SniHosts is [var host, ..] ? host.Replace("*.", "meshport-probe.", StringComparison.Ordinal) : null;
}
