using System.Diagnostics;

namespace MeshPort.Benchmarks;

/// <summary>Milliseconds from the call that starts an instance to the start of its first activity.</summary>
internal static class Latency
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    public static async Task<double[]> IdleAsync()
    {
        await using var host = await BenchHost.StartAsync();
        await host.RunAsync(nameof(BenchFunctions.Stamped), 1);
        var found = new List<double>();
        for (var i = 0; i < 300; i++)
        {
            found.Add(await OneAsync(host, 1));
        }

        return [.. found.Skip(100).Order()];
    }

    /// <param name="rate">Starts this many sequences of five a second, evenly, whether or not earlier ones have ended.</param>
    public static async Task<double[]> UnderLoadAsync(double rate)
    {
        await using var host = await BenchHost.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => OneAsync(host, Throughput.Length)));
        var running = new List<Task<double>>();
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < Duration)
        {
            while (running.Count < clock.Elapsed.TotalSeconds * rate)
            {
                running.Add(OneAsync(host, Throughput.Length));
            }

            await Task.Delay(1);
        }

        return [.. (await Task.WhenAll(running)).Order()];
    }

    public static double Percentile(double[] ordered, double share) => ordered[(int)(share * (ordered.Length - 1))];

    private static async Task<double> OneAsync(BenchHost host, int length)
    {
        var id = Guid.NewGuid().ToString("N");
        var started = Stopwatch.GetTimestamp();
        await host.StartInstanceAsync(nameof(BenchFunctions.Stamped), length, id);
        await host.CompletionAsync(id);
        return FirstActivities.Began.TryRemove(id, out var began)
            ? Stopwatch.GetElapsedTime(started, began).TotalMilliseconds
            : double.PositiveInfinity;
    }
}
