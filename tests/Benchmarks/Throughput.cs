using System.Diagnostics;

namespace MeshPort.Benchmarks;

internal static class Throughput
{
    public const int Length = 5;

    private const int WarmUp = 2; // rounds for JIT compilation
    private const int Rounds = WarmUp + 5;

    /// <summary>
    /// The units of work of one sequence: its creation, a step before each activity and one at the end, and each activity's result. A
    /// result usually shares the unit of the step that takes it. It still counts as one, so that figures of different engines are
    /// comparable.
    /// </summary>
    public const double UnitsPerActivity = (1.0 + (Length + 1) + Length) / Length;

    /// <summary>
    /// Runs <paramref name="instances"/> sequences of five at once, alternating with the storage limit, so that both see the same machine.
    /// Returns the rounds in the order of their ratio.
    /// </summary>
    public static async Task<List<Round>> SequencesAsync(int instances)
    {
        await using var host = await BenchHost.StartAsync();
        var found = new List<Round>();
        for (var round = 0; round < Rounds; round++)
        {
            var limit = await StorageLimit.GroupCommitAsync(TimeSpan.FromSeconds(1));
            var before = Environment.CpuUsage.TotalTime;
            var clock = Stopwatch.StartNew();
            await RunSequencesAsync(host, instances);
            var activities = instances * Length;
            found.Add(
                new Round(
                    limit,
                    activities / clock.Elapsed.TotalSeconds,
                    (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / activities
                )
            );
        }

        return [.. found.Skip(WarmUp).OrderBy(round => round.ShareOfLimit)];
    }

    /// <summary>
    /// Seconds for one instance to call <paramref name="width"/> activities concurrently and get all results. The median of three.
    /// </summary>
    public static async Task<double> FanOutAsync(int width)
    {
        await using var host = await BenchHost.StartAsync();
        var found = new List<double>();
        for (var round = 0; round < 4; round++)
        {
            var clock = Stopwatch.StartNew();
            await host.RunAsync(nameof(BenchFunctions.FanOut), width);
            found.Add(clock.Elapsed.TotalSeconds);
        }

        return found.Skip(1).Order().ElementAt(1);
    }

    /// <summary>Activities per second of one instance that calls them in sequence, so that its history grows with every step.</summary>
    public static async Task<double> LongSequenceAsync(int length)
    {
        await using var host = await BenchHost.StartAsync();
        await host.RunAsync(nameof(BenchFunctions.Sequence), 100);
        var clock = Stopwatch.StartNew();
        await host.RunAsync(nameof(BenchFunctions.Sequence), length);
        return length / clock.Elapsed.TotalSeconds;
    }

    private static Task RunSequencesAsync(BenchHost host, int instances) =>
        Task.WhenAll(Enumerable.Range(0, instances).Select(_ => host.RunAsync(nameof(BenchFunctions.Sequence), Length)));
}

/// <param name="Limit">Rows per second of the storage with group commit.</param>
/// <param name="Activities">Activities per second.</param>
/// <param name="Microseconds">Processor time of one activity.</param>
internal sealed record Round(double Limit, double Activities, double Microseconds)
{
    /// <summary>The ratio of committed units of work to rows that the bare loop commits.</summary>
    public double ShareOfLimit => Activities * Throughput.UnitsPerActivity / Limit;
}
