using MeshPort.EndToEnd.Tests.Fleet;

namespace MeshPort.Benchmarks;

/// <summary>10,000 exposures of 100 clusters by queue, while a fifth of all requests fail and the process is killed twice.</summary>
internal static class FleetFigures
{
    private const int Calls = 500;
    private const int Looks = 10;
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(15); // much longer than the target, so that a miss is measured too

    public static async Task MeasureAsync(Action<Figure> show)
    {
        var plan = new FleetPlan(Clusters: 100, ExposuresEach: 100);
        await using var run = await FleetRun.StartAsync(plan, CancellationToken.None);
        try
        {
            await run.RunAsync(Timeout, text => Console.WriteLine($"  {text}"));
        }
        catch (TimeoutException exception)
        {
            Console.WriteLine($"{exception.Message} {await run.DescribeAsync()}");
        }

        var faults = run.Azure.World.Faults.All;
        var (struck, matched) = (
            faults.Sum(fault => fault.Struck),
            faults.GroupBy(fault => fault.Rule.Layer).Sum(layer => layer.Max(fault => fault.Matched))
        );
        show(
            new Figure(
                $"{plan.Exposures:N0} exposures of {plan.Clusters} clusters by queue, until all are Ready",
                run.Elapsed.TotalSeconds,
                "s",
                AtMost: 180
            )
        );
        show(new Figure("  kills meanwhile", run.Killed, "kills", AtLeast: plan.Kills));
        show(new Figure("  injected failures, share of the requests", 100.0 * struck / matched, "%", AtLeast: 20));
        show(new Figure("  requests to Azure and to the clusters, per exposure", (double)matched / plan.Exposures, "requests"));
        show(
            new Figure(
                "  processor time of MeshPort, share of the machine",
                run.ProcessorTime / run.Elapsed / Environment.ProcessorCount * 100,
                "%"
            )
        );
        show(new Figure("  peak memory of MeshPort", run.PeakWorkingSet / 1e6, "MB"));

        var check = new FleetCheck(run, CancellationToken.None);
        await check.RunAsync(Calls, Looks);
        foreach (var problem in check.Problems.Take(20))
        {
            Console.WriteLine($"  WRONG: {problem}");
        }

        show(new Figure("  ports that answered, share of those called", 100.0 * check.Answered / Calls, "%", AtLeast: 100));
        show(new Figure("  lost, repeated, leftover or unnecessary writes", check.Problems.Count, "findings", AtMost: 0));
    }
}
