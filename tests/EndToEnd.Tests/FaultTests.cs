using MeshPort.Sandbox;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests;

/// <summary>The walk-through while a fifth of all requests to Azure and to the cluster fail.</summary>
public sealed class FaultTests : IDisposable
{
    private const int TimeScale = 300;
    private readonly TestDirectory _directory = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_demo_succeeds_with_one_cluster_although_a_fifth_of_all_requests_fail(int seed)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var azure = await AzureSandbox.StartAsync(
            new SandboxOptions
            {
                IsPaced = false,
                TimeScale = TimeScale,
                Seed = seed,
            },
            cancellationToken
        );
        InjectedFaults.Add(azure);

        await TravelAsync(azure, cancellationToken);

        Assert.Single(azure.Operations, operation => operation.Kind == "managedClusters/create");
        var faults = azure.World.Faults.All;
        Assert.All(
            faults.GroupBy(fault => fault.Rule.Layer),
            layer => Assert.True(layer.First().Matched >= 10, $"{layer.Key} saw few requests")
        );

        // One layer alone has too few requests for a lower limit: of 22 requests to ARM, no more than two fail in every seventh run.
        Assert.True(faults.Sum(fault => fault.Struck) >= 5, "few requests failed");
    }

    [Fact]
    public async Task A_cluster_whose_answer_was_lost_is_found_and_not_created_again()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var azure = await AzureSandbox.StartAsync(
            new SandboxOptions { IsPaced = false, TimeScale = TimeScale },
            cancellationToken
        );
        azure.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Arm,
                Kind = FaultKind.Lost,
                Operation = "PUT managedClusters",
                Count = 1,
            }
        );

        await TravelAsync(azure, cancellationToken);

        Assert.Single(azure.Operations, operation => operation.Kind == "managedClusters/create");
        Assert.Equal(1, Assert.Single(azure.World.Faults.All).Struck);
    }

    public void Dispose() => _directory.Dispose();

    private MeshPortProcess Serve(AzureSandbox azure) => MeshPortProcess.Serve(Walkthrough.Settings(azure), _directory.Path, TimeScale);

    private async Task TravelAsync(AzureSandbox azure, CancellationToken cancellationToken)
    {
        await using var meshPort = Serve(azure);
        var address = await meshPort.ReadyAsync(cancellationToken);
        await Walkthrough.AskAsync(address, cancellationToken);
        await Walkthrough.MustSucceedAsync(meshPort, address, cancellationToken);
    }
}
