using System.Globalization;
using MeshPort.Model;

namespace MeshPort.WebConsole.Views;

/// <summary>The last probes in a sentence. Pure.</summary>
internal static class ProbeSummary
{
    /// <summary>A probe that MeshPort cannot make from its network, or that proves nothing, is neither a success nor a failure.</summary>
    public static Tone ToneOf(ProbeResult probe) =>
        probe.Result is Reasons.Answered or Reasons.Connected ? Tone.Good
        : Tones.IsUnobservable(probe.Result) ? Tone.Unknown
        : Tone.Bad;

    /// <param name="probes">Oldest first; at least one.</param>
    public static string Of(IReadOnlyList<ProbeResult> probes)
    {
        var good = probes.Where(probe => ToneOf(probe) == Tone.Good).ToList();
        var failed = probes.Count(probe => ToneOf(probe) == Tone.Bad);
        if (failed == probes.Count)
        {
            return $"All of the last {Counted.Of(failed, "probe")} failed.";
        }

        var unknown = probes.Count - good.Count - failed;
        return string.Concat(
            $"Last {Counted.Of(probes.Count, "probe")}: {failed} failed",
            unknown == 0 ? "" : $", {unknown} not known",
            good.Count == 0 ? "" : $", slowest answer {Text(good.Max(probe => probe.Latency))}",
            $", newest {Newest(probes[^1])}."
        );
    }

    public static string Text(TimeSpan latency) =>
        latency.TotalSeconds >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{latency.TotalSeconds:0.0} s")
            : string.Create(CultureInfo.InvariantCulture, $"{latency.TotalMilliseconds:0.#} ms");

    private static string Newest(ProbeResult probe) =>
        ToneOf(probe) switch
        {
            Tone.Good => Text(probe.Latency),
            Tone.Bad => "failed",
            _ => "not known",
        };
}
