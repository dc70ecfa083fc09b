using System.Diagnostics;

namespace MeshPort.Benchmarks;

internal static class Throughput
{
    public const int Length = 5;

    /// <summary>Commits of one sequence: its creation, a step before each activity and one at the end, each activity's result.</summary>
    public const double CommitsPerActivity = (1.0 + (Length + 1) + Length) / Length;

    /// <summary>Activities per second, sequences of five, so many at once; and the microseconds of processor time that each takes.</summary>
    public static async Task<(double PerSecond, double Microseconds)> SequencesAsync(int instances)
    {
        await using var host = await BenchHost.StartAsync();
        await RunSequencesAsync(host, 1000); // until the compiler has done its work
        var before = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        await RunSequencesAsync(host, instances);
        return (instances * Length / clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / (instances * Length));
    }

    /// <summary>Seconds that one instance takes to call so many activities side by side and hear of all of them.</summary>
    public static async Task<double> FanOutAsync(int width)
    {
        await using var host = await BenchHost.StartAsync();
        await host.RunAsync(nameof(BenchFunctions.FanOut), 100);
        var clock = Stopwatch.StartNew();
        await host.RunAsync(nameof(BenchFunctions.FanOut), width);
        return clock.Elapsed.TotalSeconds;
    }

    private static Task RunSequencesAsync(BenchHost host, int instances) =>
        Task.WhenAll(Enumerable.Range(0, instances).Select(_ => host.RunAsync(nameof(BenchFunctions.Sequence), Length)));
}
