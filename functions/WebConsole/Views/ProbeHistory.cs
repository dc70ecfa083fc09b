using MeshPort.Model;

namespace MeshPort.WebConsole.Views;

/// <summary>
/// The probes of an exposure that anybody remembers: State keeps one an hour and those with a new result, and the process that probes keeps
/// the last ones. Pure.
/// </summary>
internal static class ProbeHistory
{
    /// <summary>Probes that the picture of latencies has room for.</summary>
    internal const int Most = 60;

    /// <param name="recent">From the memory of this process.</param>
    public static IReadOnlyList<ProbeResult> Of(
        ResourceStatus status,
        IReadOnlyList<HistoryEntry> history,
        IReadOnlyList<ProbeResult> recent
    ) =>
        [
            .. history
                .Where(entry => entry is { Type: ConditionTypes.Reachable, Latency: not null })
                .Select(entry => new ProbeResult(entry.At, entry.Reason, entry.Latency ?? default))
                .Concat(status.Probe is { } last ? [last] : [])
                .Concat(recent)
                .OrderBy(probe => probe.At)
                .Aggregate(new List<ProbeResult>(), Add)
                .TakeLast(Most),
        ];

    /// <summary>The history has the time of the condition, which is a little later than the time of the same probe.</summary>
    private static List<ProbeResult> Add(List<ProbeResult> all, ProbeResult next)
    {
        if (all is not [.., var last] || last.Result != next.Result || last.Latency != next.Latency)
        {
            all.Add(next);
        }

        return all;
    }
}
