using System.Diagnostics;

namespace MeshPort.Benchmarks;

internal static class Replays
{
    /// <summary>
    /// Milliseconds from raising an event to the end of an instance, when a new host must replay 10,000 events. The median of three.
    /// </summary>
    public static async Task<double> MeasureAsync()
    {
        const int events = 10_000;
        using var directory = new BenchDirectory();
        string[] ids = ["warm", "first", "second", "third"];
        foreach (var id in ids)
        {
            await PreparedStore.LongHistoryAsync(directory.Path, id, events / 3);
        }

        await using var host = await BenchHost.StartAsync(directory.Path);
        var found = new List<double>();
        foreach (var id in ids)
        {
            var clock = Stopwatch.StartNew();
            await host.Client.RaiseEventAsync(id, "go", 1);
            await host.CompletionAsync(id);
            found.Add(clock.Elapsed.TotalMilliseconds);
        }

        return found.Skip(1).Order().ElementAt(1);
    }
}
