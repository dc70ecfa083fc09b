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
                (Observation? observation, ProbeResult? probe) = ProofPlan.Address(exposure) is { } address
                    ? await ProbeAsync(exposure.Spec, address, token)
                    : (null, null);
                found[exposure.Name] = (ProofPlan.Of(exposure, observation, spec), probe);
            }
        );
        return found;
    }

    private async Task<(Observation?, ProbeResult?)> ProbeAsync(ExposureSpec spec, string address, CancellationToken cancellationToken)
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
