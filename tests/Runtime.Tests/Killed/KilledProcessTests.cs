using System.Diagnostics;

namespace MeshPort.Runtime.Tests.Killed;

public sealed class KilledProcessTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_process_killed_repeatedly_finishes_its_chain_and_loses_nothing()
    {
        var directory = Directory.CreateTempSubdirectory("runtime-test-").FullName;
        int[] kills = [0, 3, 4, 9];
        foreach (var kill in kills)
        {
            await RunUntilAsync(directory, $"did {kill}", killThen: true);
        }

        Assert.Equal("finished Completed 66", await RunUntilAsync(directory, "finished", killThen: false));

        var effects = (await File.ReadAllLinesAsync(Path.Combine(directory, "effects"), Cancelled)).Select(int.Parse).ToList();
        Assert.Equal(effects.Order(), effects);
        Assert.Equal(Enumerable.Range(0, ChainFunctions.Steps), effects.Distinct());
        // At least once. Only a step at which the process was killed may run twice.
        Assert.All(effects.CountBy(step => step), step => Assert.InRange(step.Value, 1, kills.Contains(step.Key) ? 2 : 1));
        Directory.Delete(directory, recursive: true);
    }

    private static async Task<string> RunUntilAsync(string directory, string start, bool killThen)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");
        var assembly = typeof(KilledProcessTests).Assembly.Location;
        string[] arguments =
            Path.GetFileNameWithoutExtension(program) == "dotnet"
                ? [assembly, ChainWorker.Argument, directory]
                : [ChainWorker.Argument, directory];
        using var process =
            Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("The worker did not start.");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(Wait.Usual);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
            {
                if (line.StartsWith(start, StringComparison.Ordinal))
                {
                    return line;
                }
            }

            throw new InvalidOperationException($"The worker ended before '{start}'.");
        }
        finally
        {
            if (killThen || deadline.IsCancellationRequested)
            {
                process.Kill(); // SIGKILL on Unix
            }

            await process.WaitForExitAsync(CancellationToken.None);
        }
    }
}
