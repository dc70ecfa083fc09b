using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.World;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class OperationTests
{
    [Fact]
    public async Task An_exception_at_the_end_of_an_operation_fails_only_that_operation()
    {
        using var world = new SandboxWorld(timeScale: 6000, stateFile: null);
        using var operations = new ArmOperations(world);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        operations.WhenDue("refused", (_, _) => throw new ArmException(400, "QuotaExceeded", "No cores are left."));
        operations.WhenDue("broken", (_, _) => throw new InvalidOperationException("broken"));
        foreach (var kind in (string[])["refused", "broken", "fine"])
        {
            operations.Start(kind, $"/{kind}", ResourceTypes.ContainerService, "eastus2", TimeSpan.FromMinutes(1));
        }

        var worker = operations.RunAsync(stopping.Token);
        stopping.CancelAfter(Wait.Usual);
        while (operations.Running.Count > 0)
        {
            await Task.Delay(TimeSpan.FromMinutes(1), world.Clock, stopping.Token);
        }

        await stopping.CancelAsync();
        await worker.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        var ended = operations.All.ToDictionary(operation => operation.Kind);
        Assert.Equal(("Failed", "QuotaExceeded"), (ended["refused"].Status, ended["refused"].ErrorCode));
        Assert.Equal(("Failed", "InternalServerError"), (ended["broken"].Status, ended["broken"].ErrorCode));
        Assert.Equal("Succeeded", ended["fine"].Status);
        Assert.All(ended.Values, operation => Assert.True(operation.Ended >= operation.Due));
    }
}
