using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using MeshPort.Model;

namespace MeshPort.Telemetry;

/// <summary>
/// The metrics of single clusters, from the last look of this process. Exporters ask for them every minute, so an alert sees a value in
/// each of its periods, however long the resync is. A value that the next look should have replaced is missing.
/// </summary>
internal static class ClusterInstruments
{
    /// <summary>How late the next look may be. Real time, since exporters run in it.</summary>
    internal static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);
    private static readonly ConcurrentDictionary<string, Look<ExposureCounts>> Exposures = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, Look<TimeSpan>> Certificates = new(StringComparer.Ordinal);

    static ClusterInstruments()
    {
        Instruments.Meter.CreateObservableGauge(
            "meshport.exposures",
            () => Read(Exposures, States),
            "{exposure}",
            "Exposures at the last look at their cluster."
        );
        Instruments.Meter.CreateObservableGauge(
            "meshport.certificate.remaining",
            () => Read(Certificates, (cluster, remaining) => [Instruments.OfCluster(cluster, remaining.TotalSeconds)]),
            "s",
            "Time until the first certificate of the cluster's gateways expires."
        );
    }

    /// <param name="resync">The time until the next look at the cluster.</param>
    public static void CountExposures(string cluster, ExposureCounts counts, TimeSpan resync) =>
        Exposures[cluster] = Look<ExposureCounts>.At(counts, resync + Margin);

    /// <param name="remaining">Negative for a certificate that has expired; null without a certificate.</param>
    /// <param name="resync">The time until the next look at the cluster.</param>
    public static void CertificateExpires(string cluster, TimeSpan? remaining, TimeSpan resync)
    {
        if (remaining is { } left)
        {
            Certificates[cluster] = Look<TimeSpan>.At(left, resync + Margin);
        }
        else
        {
            Certificates.TryRemove(cluster, out _);
        }
    }

    /// <summary>After the removal of a cluster. Its counts are zero for a while, so that dashboards show the end.</summary>
    public static void Forget(string cluster)
    {
        Exposures[cluster] = Look<ExposureCounts>.At(default, Margin);
        Certificates.TryRemove(cluster, out _);
    }

    private static IEnumerable<Measurement<double>> Read<T>(
        ConcurrentDictionary<string, Look<T>> looks,
        Func<string, T, IEnumerable<Measurement<double>>> measure
    )
    {
        foreach (var look in looks)
        {
            if (!look.Value.IsOld)
            {
                foreach (var measurement in measure(look.Key, look.Value.Value))
                {
                    yield return measurement;
                }
            }
            else
            {
                looks.TryRemove(look); // not a newer one of the same cluster
            }
        }
    }

    private static IEnumerable<Measurement<double>> States(string cluster, ExposureCounts counts) =>
        [
            Instruments.OfCluster(cluster, "ready", counts.Ready),
            Instruments.OfCluster(cluster, "not_ready", counts.NotReady),
            Instruments.OfCluster(cluster, "unknown", counts.Unknown),
            Instruments.OfCluster(cluster, "leaving", counts.Leaving),
        ];

    private readonly record struct Look<T>(T Value, long Since, TimeSpan Valid)
    {
        public bool IsOld => Stopwatch.GetElapsedTime(Since) > Valid;

        public static Look<T> At(T value, TimeSpan valid) => new(value, Stopwatch.GetTimestamp(), valid);
    }
}

/// <param name="Unknown">Exposures whose condition Ready is Unknown.</param>
internal readonly record struct ExposureCounts(int Ready, int NotReady, int Unknown, int Leaving)
{
    /// <summary>The exposures of a cluster as they are stored. Ready of an earlier spec counts as unknown.</summary>
    public static ExposureCounts Of(IReadOnlyList<Resource<ExposureSpec>> exposures)
    {
        var states = exposures.ToLookup(exposure =>
            Fleet.StateOf(exposure.Metadata.DeletedAt is not null, exposure.Status, exposure.Metadata.Generation)
        );
        return new ExposureCounts(
            states["ready"].Count(),
            states["not_ready"].Count(),
            states["unknown"].Count(),
            states["leaving"].Count()
        );
    }
}
