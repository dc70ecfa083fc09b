using MeshPort.EndToEnd.Tests.Fleet;
using MeshPort.Sandbox.Faults;

namespace MeshPort.Benchmarks;

/// <summary>MeshPort with 100 clusters that resync every minute, within the smallest instance of Flex Consumption.</summary>
internal static class MemoryFigures
{
    private const int InstanceMegabytes = 512; // instanceMemoryMB of infra/main.bicep
    private const int Resyncs = 30;
    private const double InstanceProcessors = 0.25;
    private const double ResyncSeconds = 60;
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);

    public static async Task MeasureAsync(Action<Figure> show)
    {
        var plan = new FleetPlan(Clusters: 100, ExposuresEach: 5)
        {
            HasFaults = false,
            Kills = 0,
            Resync = "PT1M",
            TimeScale = 30,
            Environment = new Dictionary<string, string>
            {
                ["DOTNET_PROCESSOR_COUNT"] = "1", // as a share of one processor looks
                ["DOTNET_GCHeapHardLimit"] = $"0x{InstanceMegabytes * 3 / 4 << 20:x}", // .NET's default in a container
            },
        };
        await using var run = await FleetRun.StartAsync(plan, CancellationToken.None);
        var observations = run.Azure.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Arm,
                Kind = FaultKind.Slow,
                Operation = "GET managedClusters",
                Probability = 0, // it only counts
            }
        );
        await run.RunAsync(Timeout, Console.WriteLine);
        ShowPeak("MeshPort with 100 clusters, peak memory until all are Ready");

        var (resyncs, busy) = (CountObservations(), run.ProcessorTime);
        await Wait.UntilAsync(
            $"each cluster has had {Resyncs} resyncs",
            Timeout,
            () => CountObservations() >= resyncs + (Resyncs * plan.Clusters),
            CancellationToken.None
        );
        run.Measure();
        ShowPeak($"  peak memory until each has had {Resyncs} idle resyncs");
        var each = (run.ProcessorTime - busy) / (CountObservations() - resyncs);
        show(new Figure("  processor time of an idle resync", each.TotalMilliseconds, "ms"));
        show(
            new Figure(
                "  share of a processor at a resync of 60 s",
                each.TotalSeconds * plan.Clusters / ResyncSeconds,
                "processors",
                AtMost: InstanceProcessors
            )
        );

        long CountObservations() => run.Azure.World.Faults.All.Single(fault => fault.Id == observations.Id).Matched;

        void ShowPeak(string name) => show(new Figure(name, run.PeakWorkingSet / (double)(1 << 20), "MB", AtMost: InstanceMegabytes));
    }
}
