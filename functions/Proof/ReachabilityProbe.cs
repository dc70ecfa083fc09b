using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Telemetry;

namespace MeshPort.Proof;

/// <summary>Connects to exposures from outside. Only the backend can make an exposure reachable, not the gateway before it.</summary>
internal sealed class ReachabilityProbe(TimeProvider time, ProbeTrail trail)
{
    private const int Concurrency = 32;

    /// <summary>Of probes that mostly wait with an open connection.</summary>
    private const int ConcurrencyOfWaits = 256;

    /// <summary>Of one probe with several connections.</summary>
    private const int MostFailures = 3;

    /// <summary>
    /// By cluster, exposure, port and address, the last proof by an open connection. A new process has none, and proves each port again;
    /// the condition is the same, so nothing is written.
    /// </summary>
    private readonly ConcurrentDictionary<ClusterId, IReadOnlyDictionary<ProbeKey, OpenProof>> _proofs = [];

    /// <param name="spec">The cluster's spec, which says whether other sources are kept out.</param>
    /// <param name="objects">The cluster as it is; <see cref="ClusterObjects.None"/> where it was not observed.</param>
    /// <returns>By exposure, the result for all its ports, and the slowest probe where one was made.</returns>
    public async Task<IReadOnlyDictionary<string, (StepResult Result, ProbeResult? Probe)>> RunAsync(
        ClusterId cluster,
        IReadOnlyList<NamedExposure> exposures,
        ClusterSpec spec,
        ClusterObjects objects,
        CancellationToken cancellationToken
    )
    {
        var rules = objects.OthersOf(ObjectKind.DestinationRule).Select(rule => rule.Value).ToList();
        var endpoints = new Endpoints(spec, objects);
        var known = _proofs.GetValueOrDefault(cluster) ?? new Dictionary<ProbeKey, OpenProof>();
        var found = new ConcurrentDictionary<ProbeKey, (StepResult Result, ProbeResult? Probe)>();
        var proofs = new ConcurrentDictionary<ProbeKey, OpenProof>();
        var parts = exposures.ToDictionary(exposure => exposure.Name, ProofPlan.Parts, StringComparer.Ordinal);
        var plans = parts
            .Values.SelectMany(all => all)
            .Select(part => PlanOf(part, rules, known))
            .ToLookup(plan => plan.Wait == OpenTime.Brief);
        await Task.WhenAll(RunAsync(plans[true], Concurrency), RunAsync(plans[false], ConcurrencyOfWaits));
        _proofs[cluster] = proofs;
        var sums = exposures.ToDictionary(exposure => exposure.Name, Sum, StringComparer.Ordinal);
        trail.Add(cluster, sums.Select(sum => KeyValuePair.Create(sum.Key, sum.Value.Probe)));
        return sums;

        (StepResult Result, ProbeResult? Probe) Sum(NamedExposure exposure)
        {
            var results = parts[exposure.Name].Select(part => (part.Spec.Port, part.Address, Found: found[KeyOf(part)])).ToList();
            var ports = results
                .GroupBy(one => one.Port)
                .Select(port => (port.Key, FamilyResults.Merge([.. port.Select(one => (one.Address, one.Found.Result))])))
                .ToList();
            var result = PortResults.Merge(ports, exposure.Spec.AllPorts.Count);
            var slowest = results.Select(one => one.Found.Probe).OfType<ProbeResult>().MaxBy(probe => probe.Latency);
            return (
                result,
                results.Count == 1 ? slowest
                : slowest is null ? null
                : slowest with { Result = result.Observation.Reason }
            );
        }

        Task RunAsync(IEnumerable<Plan> some, int concurrency) =>
            Parallel.ForEachAsync(
                some,
                new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = cancellationToken },
                async (plan, token) =>
                {
                    var exposure = plan.Exposure;
                    (Observation? observation, ProbeResult? probe) = ProofPlan.Address(exposure) is { } address
                        ? await ProbeAsync(plan, address, spec, objects.Secrets, token)
                        : (null, null);
                    var own = SharedPort.Service(spec, exposure.Spec.Gateway, objects);
                    found[KeyOf(exposure)] = (ProofPlan.Of(exposure, observation, spec, endpoints.Find(exposure.Spec), own), probe);
                    if (observation?.Reason == Reasons.Connected)
                    {
                        proofs[KeyOf(exposure)] = plan.Proof ?? new OpenProof(exposure.Generation, time.GetUtcNow());
                    }
                }
            );
    }

    private static ProbeKey KeyOf(NamedExposure part) => new(part.Name, part.Spec.Port, part.Address);

    private Plan PlanOf(NamedExposure exposure, IReadOnlyList<JsonObject> rules, IReadOnlyDictionary<ProbeKey, OpenProof> known)
    {
        var connectTimeout = ConnectTimeouts.Of(exposure.Spec, rules);
        var proof = known.GetValueOrDefault(KeyOf(exposure));
        proof = proof?.Generation == exposure.Generation ? proof : null;
        var wait = ProofPlan.WaitFor(exposure.Spec, connectTimeout, proof?.At, time.GetUtcNow());
        return new Plan(exposure, connectTimeout, wait, wait == OpenTime.Brief ? proof : null);
    }

    private async Task<(Observation?, ProbeResult?)> ProbeAsync(
        Plan plan,
        string address,
        ClusterSpec cluster,
        TlsSecrets secrets,
        CancellationToken cancellationToken
    )
    {
        var spec = plan.Exposure.Spec;
        if (ProbeTls.FindObstacle(spec, cluster, secrets) is { } obstacle)
        {
            return (obstacle, null);
        }

        var tls = ProbeTls.Of(spec, address, cluster, secrets);
        using var span = Spans.Probe(address, spec.Port);
        var started = Stopwatch.GetTimestamp();
        var observation = ProofPlan.Of(await ConnectAsync());
        var latency = Stopwatch.GetElapsedTime(started);
        span.End(observation.Reason, observation.Status == ConditionStatus.True);
        Instruments.Probed(observation.Reason, latency);
        return (observation, new ProbeResult(time.GetUtcNow(), observation.Reason, latency));

        // Connections that only wait are made side by side. Others follow one another, since backends may limit their number; after a few
        // failures, more of them tell nothing new.
        async Task<IReadOnlyList<Observation>> ConnectAsync()
        {
            var connections = new List<Task<Observation>>();
            for (int count = ProofPlan.Connections(spec), failed = 0; count > 0 && failed < MostFailures; count--)
            {
                connections.Add(ConnectOnceAsync());
                if (plan.Wait == OpenTime.Brief)
                {
                    failed += (await connections[^1]).Status == ConditionStatus.True ? 0 : 1;
                }
            }

            return await Task.WhenAll(connections);
        }

        async Task<Observation> ConnectOnceAsync() =>
            await TcpProbe.RunAsync(address, spec.Port, tls, spec.Probe, plan.Wait, time, cancellationToken)
            ?? ProofPlan.Open(IpFamilies.Endpoint(address, spec.Port), spec, plan.ConnectTimeout);
    }

    /// <param name="Proof">The proof that a brief probe confirms; null for a probe that proves anew.</param>
    private sealed record Plan(NamedExposure Exposure, TimeSpan ConnectTimeout, OpenTime Wait, OpenProof? Proof);

    private sealed record OpenProof(long Generation, DateTimeOffset At);

    private readonly record struct ProbeKey(string Exposure, int Port, string? Address);
}
