using System.Diagnostics;
using MeshPort.Sandbox.Clusters;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.World;

namespace MeshPort.Benchmarks;

/// <summary>Measures the load of idle clusters.</summary>
internal static class IdleClusters
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10); // enough for addresses and pods
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(10);

    /// <returns>The load in percent of one processor.</returns>
    public static async Task<double> MeasureAsync(int count)
    {
        using var world = new SandboxWorld(60, null);
        await using var fleet = new ClusterFleet(world, new SubnetFirewall(world));
        for (var number = 0; number < count; number++)
        {
            var id = $"/subscriptions/0/resourceGroups/idle/providers/Microsoft.ContainerService/managedClusters/c{number}";
            await fleet.EnsureAsync(
                new ClusterShape(
                    id,
                    $"c{number}",
                    "eastus2",
                    "1.34.2",
                    "nodepool1",
                    2,
                    "Standard_D2s_v5",
                    SubnetId: null,
                    LocalAccounts: true,
                    EntraIntegrated: true,
                    new MeshShape(["asm-1-30"], ExternalGateway: true, InternalGateway: false)
                ),
                CancellationToken.None
            );
        }

        await Task.Delay(Settling);
        var before = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        await Task.Delay(Watched);
        return (Environment.CpuUsage.TotalTime - before) / clock.Elapsed * 100;
    }
}
