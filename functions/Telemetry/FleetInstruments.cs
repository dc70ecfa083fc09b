using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MeshPort.Telemetry;

/// <summary>
/// The metrics of all clusters together, from the last round of the watchdog. Exporters ask for them, so a watchdog that no longer runs
/// shows as missing metrics and not as old values.
/// </summary>
internal static class FleetInstruments
{
    /// <summary>Real time, since exporters run in it. The watchdog runs every minute, on one instance of the app.</summary>
    private static readonly TimeSpan Valid = TimeSpan.FromMinutes(3);
    private static Round? _last;

    static FleetInstruments()
    {
        var meter = Instruments.Meter;
        meter.CreateObservableGauge("meshport.clusters", () => Read(States), "{cluster}", "Clusters by state.");
        meter.CreateObservableGauge(
            "meshport.backlog",
            () => Read(fleet => [new(fleet.Backlog)]),
            "{cluster}",
            "Clusters with requests that are not finished."
        );
        meter.CreateObservableGauge(
            "meshport.backlog.age",
            () => Read(fleet => [new(fleet.OldestRequest.TotalSeconds)]),
            "s",
            "Age of the oldest request that is not finished."
        );
        meter.CreateObservableGauge(
            "meshport.resync.age",
            () => Read(fleet => fleet.Latest.Select(cluster => Instruments.OfCluster(cluster.Key, cluster.Age.TotalSeconds))),
            "s",
            "Time since the keeper or the convergence of a cluster made a step."
        );
        meter.CreateObservableGauge(
            "meshport.resync.delay",
            () => Read(fleet => fleet.Latest.Select(cluster => Instruments.OfCluster(cluster.Key, cluster.Delay.TotalSeconds))),
            "s",
            "Time for which the next look at a cluster is overdue."
        );
        meter.CreateObservableGauge(
            "meshport.unready.age",
            () => Read(fleet => fleet.Unready.Select(cluster => Instruments.OfCluster(cluster.Key, cluster.Unready?.TotalSeconds ?? 0))),
            "s",
            "Time for which a cluster has not been Ready."
        );
        meter.CreateObservableGauge(
            "meshport.ports.free.share",
            () => Read(fleet => fleet.Fullest.Select(cluster => Instruments.OfCluster(cluster.Key, cluster.FreeShare))),
            "1",
            "Share of a cluster's ports that its exposures may still take."
        );
        meter.CreateObservableGauge(
            "meshport.ports.free",
            () => Read(fleet => fleet.Fullest.Select(cluster => Instruments.OfCluster(cluster.Key, cluster.FreePorts))),
            "{port}",
            "Ports that the exposures of a cluster may still take."
        );
    }

    public static void Report(Fleet fleet) => Volatile.Write(ref _last, new Round(fleet, Stopwatch.GetTimestamp()));

    private static IEnumerable<Measurement<double>> Read(Func<Fleet, IEnumerable<Measurement<double>>> measure) =>
        Volatile.Read(ref _last) is { } last && Stopwatch.GetElapsedTime(last.At) < Valid ? measure(last.Fleet) : [];

    private static IEnumerable<Measurement<double>> States(Fleet fleet) =>
        fleet.Clusters.Select(one => Instruments.OfState(one.Key, one.Value));

    private sealed record Round(Fleet Fleet, long At);
}
