using MeshPort.EndToEnd.Tests.Fleet;

namespace MeshPort.EndToEnd.Tests;

/// <summary>The fleet benchmark with few exposures; <c>tests/Benchmarks -- fleet</c> runs it with 10,000.</summary>
public sealed class FleetTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(3); // the benchmark measures the duration

    [Fact]
    public async Task A_queue_feeds_many_clusters_without_loss_despite_failed_requests_and_two_kills()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var run = await FleetRun.StartAsync(new FleetPlan(Clusters: 10, ExposuresEach: 100), cancellationToken);
        try
        {
            await run.RunAsync(Within, output.WriteLine);
        }
        catch (TimeoutException late)
        {
            Assert.Fail($"{late.Message}\n{await run.DescribeAsync()}\n{run.Errors}");
        }

        var check = new FleetCheck(run, cancellationToken);
        await check.RunAsync(calls: 100, looks: 3);

        output.WriteLine($"{run.Elapsed.TotalSeconds:0.0} s, {run.PeakWorkingSet / 1e6:0} MB");
        Assert.Empty(check.Problems);
        Assert.Equal(2, run.Killed);
    }
}
