using MeshPort.Sandbox;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests;

/// <summary>The walk-through while a fifth of all requests to Azure and to the cluster fail.</summary>
public sealed class FaultTests : IDisposable
{
    private const int TimeScale = 300;

    /// <summary>Five rules, each asked only when those before it let the request pass, that strike a fifth together.</summary>
    private static readonly double EachOfFive = 1 - Math.Pow(0.8, 1.0 / 5);
    private static readonly FaultKind[] Kinds = [FaultKind.Throttle, FaultKind.Conflict, FaultKind.InternalError, FaultKind.Reset, FaultKind.Lost];
    private readonly TestDirectory _directory = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_journey_succeeds_with_one_cluster_although_a_fifth_of_all_requests_fail(int seed)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var azure = await AzureSandbox.StartAsync(new SandboxOptions { TimeScale = TimeScale, Seed = seed }, cancellationToken);
        foreach (var (layer, kind) in from layer in new[] { FaultLayer.Arm, FaultLayer.Kubernetes } from kind in Kinds select (layer, kind))
        {
            azure.World.Faults.Add(new FaultRule { Layer = layer, Kind = kind, Probability = EachOfFive });
        }

        await TravelAsync(azure, cancellationToken);

        Assert.Single(azure.Operations, operation => operation.Kind == "managedClusters/create");
        foreach (var layer in azure.World.Faults.All.GroupBy(fault => fault.Rule.Layer))
        {
            Assert.True(layer.Sum(fault => fault.Struck) >= 3, $"only {layer.Sum(fault => fault.Struck)} of {layer.First().Matched} requests to {layer.Key} were struck");
        }
    }

    [Fact]
    public async Task A_cluster_whose_answer_was_lost_is_found_and_not_created_again()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var azure = await AzureSandbox.StartAsync(new SandboxOptions { TimeScale = TimeScale }, cancellationToken);
        azure.World.Faults.Add(new FaultRule { Layer = FaultLayer.Arm, Kind = FaultKind.Lost, Operation = "PUT managedClusters", Count = 1 });

        await TravelAsync(azure, cancellationToken);

        Assert.Single(azure.Operations, operation => operation.Kind == "managedClusters/create");
        Assert.Equal(1, Assert.Single(azure.World.Faults.All).Struck);
    }

    public void Dispose() => _directory.Dispose();

    private async Task TravelAsync(AzureSandbox azure, CancellationToken cancellationToken)
    {
        await using var meshPort = MeshPortProcess.Start(Walkthrough.Settings(azure), "serve", "--port", "0", "--data", _directory.Path, "--time-scale", $"{TimeScale}");
        var address = await meshPort.ReadyAsync(cancellationToken);
        await Walkthrough.AskAsync(address, cancellationToken);
        await Walkthrough.MustSucceedAsync(meshPort, address, cancellationToken);
    }
}
