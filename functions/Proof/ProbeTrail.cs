using System.Collections.Concurrent;
using MeshPort.Model;

namespace MeshPort.Proof;

/// <summary>
/// The last probes that this process has made, for the console. State keeps a probe an hour only, since every record is a write. Other
/// instances of the app have their own.
/// </summary>
internal sealed class ProbeTrail
{
    /// <summary>An hour of resyncs with strategy managedService.</summary>
    private const int Most = 60;
    private readonly ConcurrentDictionary<ClusterId, IReadOnlyDictionary<string, ProbeResult[]>> _trails = [];

    /// <returns>Oldest first.</returns>
    public IReadOnlyList<ProbeResult> Find(ClusterId cluster, string exposure) =>
        _trails.GetValueOrDefault(cluster)?.GetValueOrDefault(exposure) ?? [];

    /// <summary>Adds the probes of a pass. It forgets exposures that no longer exist.</summary>
    /// <param name="probes">By exposure; null without a probe.</param>
    public void Add(ClusterId cluster, IEnumerable<KeyValuePair<string, ProbeResult?>> probes) =>
        _trails[cluster] = probes.ToDictionary(
            probe => probe.Key,
            probe =>
                (ProbeResult[])[.. Find(cluster, probe.Key).TakeLast(Most - 1), .. probe.Value is { } made ? [made] : (ProbeResult[])[]],
            StringComparer.Ordinal
        );
}
