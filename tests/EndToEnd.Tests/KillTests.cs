using MeshPort.Sandbox;
using MeshPort.Sandbox.Storage;

namespace MeshPort.EndToEnd.Tests;

public sealed class KillTests : IDisposable
{
    private const int TimeScale = 300;

    /// <summary>The creation of a cluster takes long enough for another process to observe it.</summary>
    private const int Slowly = 40;
    private readonly TestDirectory _directory = new();

    [Theory]
    [InlineData("the feature is being registered")]
    [InlineData("the cluster is being created")]
    [InlineData("the routes are programmed")]
    public async Task MeshPort_continues_after_a_kill_during_an_operation(string moment)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var azure = await AzureSandbox.StartAsync(
            new SandboxOptions { IsPaced = false, TimeScale = TimeScale },
            cancellationToken
        );
        await using (var first = Serve(azure))
        {
            var address = await first.ReadyAsync(cancellationToken);
            await Walkthrough.AskAsync(address, cancellationToken);
            await Wait.UntilAsync(
                moment,
                Walkthrough.Within,
                () => HasComeAsync(moment, azure, address, cancellationToken),
                cancellationToken
            );
            await first.KillAsync(cancellationToken);
        }

        await using var second = Serve(azure);
        await Walkthrough.MustSucceedAsync(second, await second.ReadyAsync(cancellationToken), cancellationToken);

        Assert.Single(azure.Operations, operation => operation.Kind == "managedClusters/create");
    }

    [Fact]
    public async Task MeshPort_and_its_sandbox_continue_after_a_kill_of_both()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        string[] arguments = ["serve", "--sandbox", "--port", "0", "--data", _directory.Path, "--time-scale"];
        await using (var first = MeshPortProcess.Start(null, [.. arguments, $"{Slowly}"]))
        {
            var address = await first.ReadyAsync(cancellationToken);
            var operations = await Walkthrough.AskAsync(address, cancellationToken);
            await Wait.UntilAsync(
                "the cluster is being created",
                Walkthrough.Within,
                () => Walkthrough.IsUnderWayAsync(address, operations[0], "EnsureCluster", cancellationToken),
                cancellationToken
            );
            await first.KillAsync(cancellationToken);
        }

        await using var second = MeshPortProcess.Start(null, [.. arguments, $"{TimeScale}"]);
        await Walkthrough.MustSucceedAsync(second, await second.ReadyAsync(cancellationToken), cancellationToken);

        await second.KillAsync(cancellationToken);
        using var world = new WorldStore(Path.Combine(_directory.Path, "sandbox.db"));
        Assert.Single(world.List("operations-ended"), entry => entry.Document["Kind"]?.GetValue<string>() == "managedClusters/create");
    }

    public void Dispose() => _directory.Dispose();

    private MeshPortProcess Serve(AzureSandbox azure) => MeshPortProcess.Serve(Walkthrough.Settings(azure), _directory.Path, TimeScale);

    private static async Task<bool> HasComeAsync(string moment, AzureSandbox azure, Uri address, CancellationToken cancellationToken) =>
        moment switch
        {
            "the feature is being registered" => HasBegun(azure, "features/register"),
            "the cluster is being created" => HasBegun(azure, "managedClusters/create"),
            _ => await IsTrueAsync(address, "RouteProgrammed", cancellationToken),
        };

    private static bool HasBegun(AzureSandbox azure, string kind) => azure.Operations.Any(operation => operation.Kind == kind);

    private static async Task<bool> IsTrueAsync(Uri address, string condition, CancellationToken cancellationToken) =>
        (await Walkthrough.LookAsync(address, cancellationToken)).Conditions.Any(entry =>
            entry.Condition.Type == condition && entry.Condition.IsTrue
        );
}
