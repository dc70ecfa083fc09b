using System.Diagnostics;

namespace MeshPort.EndToEnd.Tests;

public sealed class DemoTests(ITestOutputHelper log)
{
    private const long MemoryBudget = 400L * 1024 * 1024;

    [Fact]
    public async Task The_demo_walks_the_whole_chain_and_reads_the_answer_through_a_real_socket()
    {
        var began = Stopwatch.GetTimestamp();
        await using var demo = MeshPortProcess.Start(null, "demo");

        var exitCode = await demo.ExitCodeAsync(TimeSpan.FromSeconds(90), TestContext.Current.CancellationToken);

        log.WriteLine($"{Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s, {demo.PeakWorkingSet / 1024 / 1024} MiB at most\n{demo.Output}\n{demo.Errors}");
        Assert.True(exitCode == 0, $"exit code {exitCode}\n{demo.Output}\n{demo.Errors}");
        Assert.Matches(@"\$ telnet (127\.[0-9.]+) 9000\nTrying \1\.\.\.\nConnected to \1\.\njose\nhello jose\n", demo.Output);
        Assert.Matches(@"Requests +ARM [1-9][0-9]* reads, [1-9][0-9]* writes; Kubernetes [1-9][0-9]* reads, [1-9][0-9]* writes", demo.Output);
        Assert.DoesNotContain("NOT as desired", demo.Output, StringComparison.Ordinal);
        Assert.Equal("", demo.Errors.Trim());
        Assert.InRange(demo.PeakWorkingSet, 1, MemoryBudget);
    }
}
