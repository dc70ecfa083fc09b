using System.Diagnostics;

namespace MeshPort.Benchmarks;

/// <summary>Figures of a new process, which runs this program with <see cref="ChildArgument"/>.</summary>
internal static class Starts
{
    public const string ChildArgument = "--child";

    private static readonly TimeSpan IdleFor = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Seconds from the start of the process until the host is ready and until its first orchestration has ended, the memory at that time,
    /// and the idle load in percent of one processor.
    /// </summary>
    public static async Task<(double Ready, double Served, double Megabytes, double IdlePercent)> MeasureAsync(string directory)
    {
        var clock = Stopwatch.StartNew();
        using var child = Again(ChildArgument, directory);
        await ExpectAsync(child, "ready");
        var ready = clock.Elapsed.TotalSeconds;
        await ExpectAsync(child, "served");
        var served = clock.Elapsed.TotalSeconds;
        child.Refresh();
        var megabytes = child.WorkingSet64 / 1e6;
        await Task.Delay(TimeSpan.FromSeconds(2)); // background compilation after the start is not idle time
        child.Refresh();
        var before = child.TotalProcessorTime;
        clock.Restart();
        await Task.Delay(IdleFor);
        child.Refresh();
        var idle = (child.TotalProcessorTime - before) / clock.Elapsed * 100;
        child.StandardInput.Close();
        await child.WaitForExitAsync();
        return (ready, served, megabytes, idle);
    }

    /// <summary>Starts this program as a child process.</summary>
    public static Process Again(params string[] arguments)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("The program's own path is unknown.");
        string[] own = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(Starts).Assembly.Location] : [];
        return Process.Start(
                new ProcessStartInfo(program, [.. own, .. arguments]) { RedirectStandardOutput = true, RedirectStandardInput = true }
            ) ?? throw new InvalidOperationException("The child process did not start.");
    }

    public static async Task RunChildAsync(string directory)
    {
        await using var host = await BenchHost.StartAsync(directory);
        Console.WriteLine("ready");
        await host.RunAsync(nameof(BenchFunctions.Sequence), 1);
        Console.WriteLine("served");
        await Console.In.ReadToEndAsync();
    }

    private static async Task ExpectAsync(Process child, string line)
    {
        if (await child.StandardOutput.ReadLineAsync() != line)
        {
            throw new InvalidOperationException($"The child process did not print '{line}'.");
        }
    }
}
