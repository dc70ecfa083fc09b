using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;
using Xunit;

namespace MeshPort.Functions.Tests.Telemetry;

[Collection(nameof(FleetInstruments))]
public sealed class FleetTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void The_clusters_that_wait_longest_and_have_the_fewest_ports_are_named()
    {
        var fleet = Fleet.Of(
            [
                .. Enumerable.Range(1, 8).Select(number => Cluster($"c{number}", age: number * Minute, freePorts: number)),
                Cluster("slow", age: 14 * Minute, resync: 15 * Minute, freePorts: 100),
                Cluster("new", state: "unknown", oldestRequest: 3 * Minute, freePorts: 200, unready: 3 * Minute),
                Cluster("old", state: "leaving", freePorts: 200, unready: 4 * Minute),
            ],
            unwatched: 2
        );

        Assert.Equal(["c8", "c7", "c6", "c5", "c4"], fleet.Latest.Select(cluster => cluster.Key));
        Assert.Equal(7 * Minute, fleet.Latest[0].Delay);
        Assert.Equal(["c1", "c2", "c3", "c4", "c5"], fleet.Fullest.Select(cluster => cluster.Key));
        Assert.Equal(["old", "new"], fleet.Unready.Select(cluster => cluster.Key));
        Assert.Equal(1d / 240, fleet.Fullest[0].FreeShare);
        Assert.Equal(0, Cluster("over", freePorts: -1).FreeShare);
        Assert.Equal((9, 3, 1), (fleet.Clusters["ready"], fleet.Clusters["unknown"], fleet.Clusters["leaving"]));
        Assert.Equal((1, 3 * Minute), (fleet.Backlog, fleet.OldestRequest));
        Assert.Equal(TimeSpan.Zero, Cluster("early", age: Minute / 2).Delay);
    }

    [Fact]
    public void Without_clusters_the_report_still_shows_that_the_watchdog_runs()
    {
        var measured = new ConcurrentBag<string>();
        using var meter = Listen((instrument, value, _) => measured.Add($"{instrument} {value}"));

        FleetInstruments.Report(Fleet.Of([]));
        meter.RecordObservableInstruments();

        Assert.Equal(Fleet.States.Count, measured.Count(value => value == "meshport.clusters 0"));
        Assert.Contains("meshport.backlog.age 0", measured);
    }

    /// <summary>An alert needs a value in each of its periods, and none of a cluster that is forgotten.</summary>
    [Fact]
    public void Counts_are_measured_again_until_the_next_look_is_late()
    {
        var measured = new ConcurrentBag<string>();
        using var meter = Listen((instrument, value, tags) => measured.Add($"{instrument} {value} {string.Join(' ', tags)}"));

        ClusterInstruments.CountExposures("c", new ExposureCounts(4, 3, 2, 1), Minute);
        ClusterInstruments.CertificateExpires("c", Minute, Minute);
        ClusterInstruments.CountExposures("late", new ExposureCounts(4, 3, 2, 1), -ClusterInstruments.Margin - Minute);
        meter.RecordObservableInstruments();
        meter.RecordObservableInstruments();

        Assert.Equal(2, measured.Count(value => value == "meshport.exposures 3 c not_ready"));
        Assert.Equal(2, measured.Count(value => value == "meshport.certificate.remaining 60 c"));
        Assert.DoesNotContain(measured, value => value.Contains(" late ", StringComparison.Ordinal));

        measured.Clear();
        ClusterInstruments.CertificateExpires("c", null, Minute);
        meter.RecordObservableInstruments();
        Assert.Contains("meshport.exposures 4 c ready", measured);
        Assert.DoesNotContain("meshport.certificate.remaining 60 c", measured);

        measured.Clear();
        ClusterInstruments.CertificateExpires("c", Minute, Minute);
        ClusterInstruments.Forget("c");
        meter.RecordObservableInstruments();
        Assert.Contains("meshport.exposures 0 c not_ready", measured);
        Assert.DoesNotContain("meshport.certificate.remaining 60 c", measured);
    }

    /// <summary>Exposures of a new cluster wait for Azure, so they do not count as requests of an existing one.</summary>
    [Theory]
    [InlineData("exposures", 120, false, "one")]
    [InlineData("cluster", 10, false, "one")]
    [InlineData("removal", 120, true, "one")]
    [InlineData("cluster", 120, false)]
    public void Requests_are_measured_by_what_they_ask_for(string expected, int minutesAfterCluster, bool isRemoval, params string[] names)
    {
        var created = DateTimeOffset.UnixEpoch;
        var asked = created + minutesAfterCluster * Minute;
        var measured = new ConcurrentBag<string>();
        using var meter = Listen((instrument, value, tags) => measured.Add($"{instrument} {value} {string.Join(' ', tags)}"));

        ConvergenceReport.Count(
            [
                new OperationDocument("id", names.Length == 0 ? null : names, 1, asked, OperationStatus.Succeeded, asked + 77 * Minute)
                {
                    Removed = isRemoval ? names : [],
                    Generation = names.Length == 0 ? 1 : null,
                },
            ],
            created
        );

        Assert.Contains($"meshport.request.duration 4620 {expected} succeeded", measured);
    }

    [Fact]
    public void The_requests_that_a_removal_ends_are_measured()
    {
        var asked = DateTimeOffset.UnixEpoch;
        var measured = new ConcurrentBag<string>();
        using var meter = Listen((instrument, value, tags) => measured.Add($"{instrument} {value} {string.Join(' ', tags)}"));

        ConvergenceReport.CountRemoval([
            new OperationDocument("removal", null, 2, asked, OperationStatus.Succeeded, asked + 78 * Minute) { Generation = 2 },
            new OperationDocument("update", null, 1, asked, OperationStatus.Canceled, asked + 79 * Minute) { Generation = 1 },
        ]);

        Assert.Contains("meshport.request.duration 4680 removal succeeded", measured);
        Assert.Contains("meshport.request.duration 4740 cluster canceled", measured);
    }

    private static MeterListener Listen(Action<string, double, IEnumerable<object?>> note)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == Instruments.MeterName)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>(
            (instrument, value, tags, _) => note(instrument.Name, value, tags.ToArray().Select(tag => tag.Value))
        );
        listener.Start();
        return listener;
    }

    private static WatchedCluster Cluster(
        string key,
        string state = "ready",
        TimeSpan? oldestRequest = null,
        TimeSpan age = default,
        TimeSpan? resync = null,
        int freePorts = 1,
        TimeSpan? unready = null,
        int room = 240
    ) => new(key, state, oldestRequest, age, resync ?? Minute, unready, room - freePorts, room);
}
