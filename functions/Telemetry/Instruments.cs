using System.Diagnostics.Metrics;
using MeshPort.Convergence;
using MeshPort.Model;

namespace MeshPort.Telemetry;

/// <summary>What is counted and measured (docs/telemetry.md). Activities and triggers record, orchestrators never: they are replayed.</summary>
internal static class Instruments
{
    public const string MeterName = "MeshPort";

    /// <summary>Of <see cref="Exposures"/> alone: there are as many as MeshPort looks after, and no other attribute grows with anything.</summary>
    private const string ClusterAttribute = "meshport.cluster";
    private static readonly Meter Meter = new(MeterName);

    private static readonly Histogram<double> Convergence = Seconds(
        "meshport.convergence.duration",
        "From taking up what was asked for to its end.",
        [1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 3600]
    );
    private static readonly Counter<long> Abandoned = Meter.CreateCounter<long>(
        "meshport.convergence.abandoned",
        "{convergence}",
        "Convergences that failed unexpectedly."
    );
    private static readonly Counter<long> Restarted = Meter.CreateCounter<long>(
        "meshport.keeper.restarts",
        "{keeper}",
        "Keepers that the watchdog found missing or failed."
    );
    private static readonly Counter<long> Writes = Meter.CreateCounter<long>(
        "meshport.writes",
        "{write}",
        "Writes that Azure Resource Manager or an API server has accepted."
    );
    private static readonly Counter<long> Drift = Meter.CreateCounter<long>(
        "meshport.drift.repaired",
        "{repair}",
        "What somebody else had changed and MeshPort put right."
    );
    private static readonly Counter<long> Reverts = Meter.CreateCounter<long>(
        "meshport.port.reverts",
        "{revert}",
        "Ports that had vanished from the add-on's Service."
    );
    private static readonly Histogram<double> Probe = Seconds(
        "meshport.probe.duration",
        "From the attempt to connect to the verdict.",
        [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
    );
    private static readonly Gauge<long> Exposures = Meter.CreateGauge<long>(
        "meshport.exposures",
        "{exposure}",
        "Exposures at the end of a convergence of their cluster."
    );
    private static readonly Histogram<double> Age = Seconds(
        "meshport.queue.age",
        "How long a message waited before it was handled.",
        [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600]
    );
    private static readonly Counter<long> Rejected = Meter.CreateCounter<long>(
        "meshport.queue.rejections",
        "{message}",
        "Messages that were refused."
    );

    /// <param name="outcome">One of <see cref="ConvergenceOutcome"/>.</param>
    public static void ConvergenceEnded(string outcome, TimeSpan duration) =>
        Convergence.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("meshport.outcome", outcome));

    public static void ConvergenceAbandoned() => Abandoned.Add(1);

    /// <param name="status">In which the keeper was found.</param>
    public static void KeeperRestarted(string status) =>
        Restarted.Add(1, new KeyValuePair<string, object?>("meshport.keeper.status", status));

    /// <param name="layer"><c>arm</c> or <c>kubernetes</c>.</param>
    public static void Written(string layer) => Writes.Add(1, new KeyValuePair<string, object?>("meshport.layer", layer));

    /// <summary>Of what is new in a history.</summary>
    public static void Happened(HistoryEntry entry)
    {
        switch (entry.Type)
        {
            case HistoryTypes.Repaired:
                Drift.Add(1, new KeyValuePair<string, object?>("meshport.kind", entry.Target?.Split(' ')[0])); // "Gateway default/meshport-echo"
                break;
            case HistoryTypes.PortReverted:
                Reverts.Add(1);
                break;
        }
    }

    /// <param name="result">The reason of the condition.</param>
    public static void Probed(string result, TimeSpan latency) =>
        Probe.Record(latency.TotalSeconds, new KeyValuePair<string, object?>("meshport.result", result));

    public static void CountExposures(string cluster, int ready, int notReady, int leaving)
    {
        foreach (var (state, count) in (ReadOnlySpan<(string, int)>)[("ready", ready), ("not_ready", notReady), ("leaving", leaving)])
        {
            Exposures.Record(
                count,
                new KeyValuePair<string, object?>(ClusterAttribute, cluster),
                new KeyValuePair<string, object?>("meshport.state", state)
            );
        }
    }

    public static void Waited(TimeSpan age) => Age.Record(Math.Max(0, age.TotalSeconds));

    /// <param name="code">Of the first error.</param>
    public static void MessageRejected(string code) => Rejected.Add(1, new KeyValuePair<string, object?>("meshport.code", code));

    private static Histogram<double> Seconds(string name, string description, double[] boundaries) =>
        Meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = boundaries });
}
