using MeshPort.Sandbox;

namespace MeshPort.Benchmarks.Creation;

/// <summary>Compares the simulated time of a creation by MeshPort with Azure's own time and with the walk-through's script.</summary>
internal static class CreationFigures
{
    /// <summary>Slow enough that the real time of a request is small compared with the time it simulates.</summary>
    private const double TimeScale = 30;
    private static readonly int[] Seeds = [1, 2, 3, 4, 5];

    public static async Task MeasureAsync(Action<Figure> show)
    {
        foreach (var seed in Seeds)
        {
            var (meshPort, chain) = await MeshPortAsync(seed);
            var script = await ScriptAsync(seed);
            show(new Figure($"creation, seed {seed}: Azure's longest chain, simulated", chain.TotalMinutes, "min"));
            show(new Figure("  MeshPort, until all is Ready", meshPort.TotalMinutes, "min"));
            show(new Figure("    to the longest chain", meshPort / chain, "ratio", AtMost: 1.15));
            show(new Figure("  the walk-through's script", script.TotalMinutes, "min"));
            show(new Figure("    MeshPort to the script", meshPort / script, "ratio", AtMost: 0.55));
        }
    }

    private static async Task<(TimeSpan MeshPort, TimeSpan Chain)> MeshPortAsync(int seed)
    {
        await using var azure = await StartAsync(seed);
        var took = await MeshPortCreation.RunAsync(azure);
        Console.WriteLine(
            $"  chain: {string.Join(", ", azure.LongestChain.Links.Select(link => $"{link.Kind} {link.Takes.TotalSeconds:0} s"))}"
        );
        return (took, azure.LongestChain.Length);
    }

    private static async Task<TimeSpan> ScriptAsync(int seed)
    {
        await using var azure = await StartAsync(seed);
        using var script = new WalkthroughScript(azure);
        return await script.RunAsync();
    }

    private static Task<AzureSandbox> StartAsync(int seed) =>
        AzureSandbox.StartAsync(new SandboxOptions { TimeScale = TimeScale, Seed = seed }, CancellationToken.None);
}
