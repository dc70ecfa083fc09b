using System.Diagnostics.Metrics;
using MeshPort.Model;

namespace MeshPort.Telemetry;

/// <summary>
/// The metrics of MeshPort (docs/telemetry.md). Activities and triggers record them; orchestrators must not, because they are replayed.
/// </summary>
internal static class Instruments
{
    public const string MeterName = "MeshPort";

    /// <summary>The meters that MeshPort sends: its own, and those of requests, calls and the process.</summary>
    public static readonly string[] Meters = [MeterName, "Microsoft.AspNetCore.Hosting", "System.Net.Http", "System.Runtime"];

    /// <summary>
    /// Has a value per cluster; the values of every other attribute are limited. Only for
    /// <see cref="ClusterInstruments"/>, and the few clusters of <see cref="FleetInstruments"/>.
    /// </summary>
    private const string ClusterAttribute = "meshport.cluster";
    private const string StateAttribute = "meshport.state";
    internal static readonly Meter Meter = new(MeterName);

    private static readonly Histogram<double> Convergence = Seconds(
        "meshport.convergence.duration",
        "Duration of a convergence.",
        [1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 3600]
    );
    private static readonly Histogram<double> Request = Seconds(
        "meshport.request.duration",
        "Time from the acceptance of a request until a convergence has served it.",
        [1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200]
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
        "Writes that Azure Resource Manager or an API server accepted."
    );
    private static readonly Counter<long> Drift = Meter.CreateCounter<long>(
        "meshport.drift.repaired",
        "{repair}",
        "Repaired changes that others made."
    );
    private static readonly Counter<long> Reverts = Meter.CreateCounter<long>(
        "meshport.port.reverts",
        "{revert}",
        "Ports that the Istio add-on removed from its Service."
    );
    private static readonly Histogram<double> Probe = Seconds(
        "meshport.probe.duration",
        "Duration of a probe, from the connection attempt to the result.",
        [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
    );
    private static readonly Histogram<double> Age = Seconds(
        "meshport.queue.age",
        "Time that a message waited in the queue.",
        [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600]
    );
    private static readonly Counter<long> Rejected = Meter.CreateCounter<long>(
        "meshport.queue.rejections",
        "{message}",
        "Rejected messages."
    );

    /// <summary>A value of a cluster.</summary>
    public static Measurement<double> OfCluster(string cluster, double value) => new(value, Of(ClusterAttribute, cluster));

    /// <summary>A value of a cluster, for one state.</summary>
    public static Measurement<double> OfCluster(string cluster, string state, double value) =>
        new(value, Of(ClusterAttribute, cluster), Of(StateAttribute, state));

    /// <summary>A value of all clusters together, for one state.</summary>
    public static Measurement<double> OfState(string state, double value) => new(value, Of(StateAttribute, state));

    private static KeyValuePair<string, object?> Of(string attribute, string value) => new(attribute, value);

    /// <param name="outcome">How the convergence ended: <c>ready</c>, <c>not_ready</c>, <c>blocked</c> or <c>removed</c>.</param>
    public static void ConvergenceEnded(string outcome, TimeSpan duration) =>
        Convergence.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("meshport.outcome", outcome));

    /// <param name="kind">What it asked for: <c>cluster</c>, <c>exposures</c>, <c>removal</c> or <c>reconcile</c>.</param>
    /// <param name="outcome"><c>succeeded</c>, <c>failed</c> or <c>canceled</c>.</param>
    public static void RequestEnded(string kind, string outcome, TimeSpan duration) =>
        Request.Record(
            duration.TotalSeconds,
            new KeyValuePair<string, object?>("meshport.request", kind),
            new KeyValuePair<string, object?>("meshport.outcome", outcome)
        );

    public static void ConvergenceAbandoned() => Abandoned.Add(1);

    /// <param name="status">The status of the keeper before the restart.</param>
    public static void KeeperRestarted(string status) =>
        Restarted.Add(1, new KeyValuePair<string, object?>("meshport.keeper.status", status));

    /// <param name="layer"><c>arm</c> or <c>kubernetes</c>.</param>
    public static void Written(string layer) => Writes.Add(1, new KeyValuePair<string, object?>("meshport.layer", layer));

    /// <summary>Counts a new history entry.</summary>
    public static void Happened(HistoryEntry entry)
    {
        switch (entry.Type)
        {
            case HistoryTypes.Repaired:
                Drift.Add(1, new KeyValuePair<string, object?>("meshport.kind", entry.Target?.Split(' ')[0])); // "Gateway default/echo"
                break;
            case HistoryTypes.PortReverted:
                Reverts.Add(1);
                break;
        }
    }

    /// <param name="result">The reason of the condition.</param>
    public static void Probed(string result, TimeSpan latency) =>
        Probe.Record(latency.TotalSeconds, new KeyValuePair<string, object?>("meshport.result", result));

    public static void Waited(TimeSpan age) => Age.Record(Math.Max(0, age.TotalSeconds));

    /// <param name="code">The code of the first error.</param>
    public static void MessageRejected(string code) => Rejected.Add(1, new KeyValuePair<string, object?>("meshport.code", code));

    private static Histogram<double> Seconds(string name, string description, double[] boundaries) =>
        Meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = boundaries });
}
