using System.Globalization;
using MeshPort.EndToEnd.Tests.Fleet;
using MeshPort.Sandbox.Faults;

namespace MeshPort.Benchmarks;

/// <summary>
/// <c>meshport serve</c> with many idle clusters that resync every minute: whether its memory stays the same, and whether resyncs are late.
/// The process and the sandbox share the machine, which limits the speed of the simulated time.
/// </summary>
internal static class LoadFigures
{
    private const int ResyncSeconds = 60;
    private const int ClustersInSubscription = 200; // within Azure's limits (docs/scale.md)
    private const int SamplesInReport = 12;
    private static readonly TimeSpan Creation = TimeSpan.FromMinutes(40);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    public static async Task MeasureAsync(Action<Figure> show, LoadSize size)
    {
        var plan = new FleetPlan(size.Clusters, ExposuresEach: 1)
        {
            HasFaults = false,
            Kills = 0,
            IsPaced = false,
            Resync = "PT1M",
            TimeScale = size.TimeScale,
            Subscriptions = 1 + ((size.Clusters - 1) / ClustersInSubscription),
        };
        await using var run = await FleetRun.StartAsync(plan, CancellationToken.None);
        var counter = run.Azure.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Arm,
                Kind = FaultKind.Slow,
                Operation = "GET managedClusters",
                Probability = 0, // it only counts
            }
        );
        await run.RunAsync(Creation, Console.WriteLine);
        show(new Figure($"{size.Clusters:N0} clusters with one exposure each, until all are Ready", run.Elapsed.TotalMinutes, "min"));

        var (first, began, requests, busy) = (Observations(), run.Keepers().Newest, Requests(), run.ProcessorTime);
        var samples = await SampleAsync(run, size.Watched);
        var simulated = run.Keepers().Newest - began;
        var resyncs = Observations() - first;
        show(new Figure("  resyncs of all clusters watched, in simulated time", simulated.TotalHours, "h"));
        show(new Figure("  resyncs", resyncs, "resyncs"));
        show(
            new Figure(
                "    share of those due, with a minute between the end of one and the next",
                100 * resyncs / (simulated.TotalSeconds / ResyncSeconds * size.Clusters),
                "%",
                AtLeast: 90
            )
        );
        show(new Figure("  from the last step of a keeper to the newest of any, median", Median(samples, sample => sample.MedianAge), "s"));
        show(
            new Figure(
                "  from the last step of a keeper to the newest of any, p99",
                Median(samples, sample => sample.HighAge),
                "s",
                AtMost: 75
            )
        );
        show(new Figure("    in the last third", Median(Last(samples), sample => sample.HighAge), "s", AtMost: 75));
        show(new Figure("  requests of a resync to Azure and the cluster", (double)(Requests() - requests) / resyncs, "requests"));
        show(new Figure("  processor time of a resync", (run.ProcessorTime - busy).TotalMilliseconds / resyncs, "ms"));
        ShowGrowth(show, samples);

        long Observations() => run.Azure.World.Faults.All.Single(fault => fault.Id == counter.Id).Matched;

        long Requests() => run.Azure.Traffic.ArmReads + run.Azure.Traffic.KubernetesReads;
    }

    /// <param name="time">In simulated time.</param>
    private static async Task<List<Sample>> SampleAsync(FleetRun run, TimeSpan time)
    {
        var samples = new List<Sample>();
        var began = run.Azure.Clock.GetTimestamp();
        for (var passed = TimeSpan.Zero; passed < time; passed = run.Azure.Clock.GetElapsedTime(began))
        {
            await Task.Delay(Interval);
            run.Measure();
            var ages = run.Keepers().Ages;
            var sample = new Sample(
                Latency.Percentile(ages, 0.5),
                Latency.Percentile(ages, 0.99),
                run.WorkingSet / 1e6,
                run.DataSize / 1e6
            );
            samples.Add(sample);
            if (samples.Count % SamplesInReport == 0)
            {
                Console.WriteLine($"{passed:d'd 'hh'h 'mm'min'}: p99 {sample.HighAge:0} s, {sample.Memory:0} MB, files {sample.Disk:0} MB");
            }
        }

        return samples;
    }

    private static void ShowGrowth(Action<Figure> show, List<Sample> samples)
    {
        var (middle, last) = (samples.Skip(samples.Count / 3).Take(samples.Count / 3).ToList(), Last(samples));
        var memory = Median(last, sample => sample.Memory);
        show(new Figure("  memory, median of the last third", memory, "MB"));
        show(new Figure("    to that of the middle third", memory / Median(middle, sample => sample.Memory), "ratio", AtMost: 1.1));
        var disk = Median(last, sample => sample.Disk);
        show(new Figure("  files of State and orchestrations, median of the last third", disk, "MB"));
        show(new Figure("    to that of the middle third", disk / Median(middle, sample => sample.Disk), "ratio", AtMost: 1.1));
    }

    private static List<Sample> Last(List<Sample> samples) => [.. samples.Skip(2 * samples.Count / 3)];

    private static double Median(IEnumerable<Sample> samples, Func<Sample, double> value) =>
        Latency.Percentile([.. samples.Select(value).Order()], 0.5);

    /// <summary>Ages in simulated seconds, sizes in MB.</summary>
    private sealed record Sample(double MedianAge, double HighAge, double Memory, double Disk);
}

/// <param name="TimeScale">Simulated seconds per real second.</param>
/// <param name="Watched">How long the resyncs are watched, in simulated time.</param>
internal sealed record LoadSize(int Clusters, int TimeScale, TimeSpan Watched)
{
    private static readonly int[] Small = [100, 20, 30];

    /// <param name="numbers">Clusters, time scale and simulated minutes, in this order. Missing ones are small.</param>
    public static LoadSize Of(IEnumerable<string> numbers)
    {
        int[] given = [.. numbers.Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        int[] all = [.. given, .. Small.Skip(given.Length)];
        return new LoadSize(all[0], all[1], TimeSpan.FromMinutes(all[2]));
    }
}
