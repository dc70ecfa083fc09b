using System.Diagnostics;

namespace MeshPort.Benchmarks;

/// <summary>The figures of the simulated Azure.</summary>
internal static class SandboxFigures
{
    private const int Clusters = 200;
    private const int Exposures = 50;
    private const int Builders = 4;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3); // the work of the last requests ends
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(20);

    public static async Task MeasureAsync(Action<Figure> show, Func<string, bool> wanted)
    {
        var (sandbox, seconds) = await SandboxChild.StartAsync();
        await using var _ = sandbox;
        show(new Figure("sandbox: cold start of the process until it is ready", seconds, "s", AtMost: 1));
        show(new Figure("  memory when empty", sandbox.Megabytes(), "MB"));
        if (wanted("sandbox scale"))
        {
            show(new Figure("  idle when empty, share of one processor", await IdlePercentAsync(sandbox), "%"));
        }

        await SandboxLoad.MakeGroupAsync(sandbox);
        using var first = await SandboxLoad.MakeClusterAsync(sandbox, 0);

        if (wanted("sandbox requests"))
        {
            await RequestsAsync(sandbox, first, show);
        }

        if (wanted("sandbox apply"))
        {
            await ApplyAsync(first, show);
        }

        if (wanted("sandbox scale"))
        {
            await ScaleAsync(sandbox, first, show);
        }
    }

    private static async Task RequestsAsync(SandboxChild sandbox, HttpClient first, Action<Figure> show)
    {
        var bare = await SandboxLoad.BareRequestsAsync(new string('x', 300));
        show(new Figure("bare Kestrel over TLS, constant response, same client", bare, "requests/s"));
        var arm = await SandboxLoad.RequestsAsync(sandbox.Arm, SandboxLoad.Group + "?api-version=2022-09-01");
        show(new Figure("sandbox: GET of a resource group", arm, "requests/s", AtLeast: 2000));
        show(new Figure("  to those of the bare server", arm / bare, "ratio"));
        var kubernetes = await SandboxLoad.RequestsAsync(first, "/api/v1/namespaces/default");
        show(new Figure("sandbox: GET of a namespace", kubernetes, "requests/s", AtLeast: 2000));
        show(new Figure("  to those of the bare server", kubernetes / bare, "ratio"));
    }

    private static async Task ApplyAsync(HttpClient first, Action<Figure> show)
    {
        var some = await SandboxLoad.ApplyManyPortsAsync(first, 100);
        var many = await SandboxLoad.ApplyManyPortsAsync(first, 1000);
        show(new Figure("sandbox: server-side apply of a Service with 1,000 ports", many, "ms", AtMost: 100));
        show(new Figure("  to one with 100 ports", many / some, "ratio"));
    }

    private static async Task ScaleAsync(SandboxChild sandbox, HttpClient first, Action<Figure> show)
    {
        var clock = Stopwatch.StartNew();
        await Parallel.ForEachAsync(
            Enumerable.Range(1, Clusters - 1),
            new ParallelOptions { MaxDegreeOfParallelism = Builders },
            async (number, _) =>
            {
                using var cluster = await SandboxLoad.MakeClusterAsync(sandbox, number);
                await SandboxLoad.ExposeAsync(cluster, Exposures);
            }
        );
        await SandboxLoad.ExposeAsync(first, Exposures);
        show(new Figure("sandbox: memory of 200 clusters with 50 exposures each", sandbox.Megabytes(), "MB", AtMost: 1000));
        show(new Figure("  time to build them", clock.Elapsed.TotalSeconds, "s"));
        show(
            new Figure(
                "  GET of a resource group meanwhile",
                await SandboxLoad.RequestsAsync(sandbox.Arm, SandboxLoad.Group + "?api-version=2022-09-01"),
                "requests/s"
            )
        );
        show(new Figure("  idle, share of one processor", await IdlePercentAsync(sandbox), "%", AtMost: 3));
    }

    private static async Task<double> IdlePercentAsync(SandboxChild sandbox)
    {
        await Task.Delay(Settling);
        var (busy, clock) = (sandbox.Busy(), Stopwatch.StartNew());
        await Task.Delay(Watched);
        return (sandbox.Busy() - busy) / clock.Elapsed * 100;
    }
}
