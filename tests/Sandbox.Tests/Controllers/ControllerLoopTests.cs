using MeshPort.Sandbox.Controllers;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Storage;
using Xunit;

namespace MeshPort.Sandbox.Tests.Controllers;

public sealed class ControllerLoopTests
{
    [Fact]
    public async Task A_controller_that_loses_a_race_with_a_client_runs_again_and_blocks_no_other()
    {
        using var world = new WorldStore(null);
        var (unlucky, other) = (new Unlucky(3), new Unlucky(0));
        await using var loop = new ControllerLoop(new ObjectStore(world, "cluster"), TimeProvider.System, [unlucky, other]);

        loop.RunOnce();

        Assert.Equal((4, true), (unlucky.Looks, unlucky.Succeeded));
        Assert.True(other.Succeeded);
    }

    [Fact]
    public async Task A_controller_that_loses_every_race_runs_again_a_little_later()
    {
        using var world = new WorldStore(null);
        await using var loop = new ControllerLoop(new ObjectStore(world, "cluster"), TimeProvider.System, [new Unlucky(int.MaxValue)]);

        Assert.InRange(loop.RunOnce() - TimeProvider.System.GetUtcNow() ?? TimeSpan.Zero, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_failing_controller_blocks_no_other_and_runs_again_after_a_minute()
    {
        using var world = new WorldStore(null);
        var (stumbling, other) = (
            new Unlucky(1, () => new InvalidOperationException("The node must be of type 'JsonObject'.")),
            new Unlucky(0)
        );
        await using var loop = new ControllerLoop(new ObjectStore(world, "cluster"), TimeProvider.System, [stumbling, other]);

        var due = loop.RunOnce();

        Assert.InRange(due - TimeProvider.System.GetUtcNow() ?? TimeSpan.Zero, TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1));
        Assert.True(other.Succeeded);
        Assert.IsType<InvalidOperationException>(loop.LastFault);
        Assert.Null(loop.RunOnce());
        Assert.True(stumbling.Succeeded);
    }

    /// <param name="exception">Null: as when a client wrote first.</param>
    private sealed class Unlucky(int times, Func<Exception>? exception = null) : IController
    {
        public int Looks { get; private set; }

        public bool Succeeded { get; private set; }

        public DateTimeOffset? Reconcile(DateTimeOffset now)
        {
            if (Looks++ < times)
            {
                throw exception?.Invoke() ?? new KubeError(404, "NotFound", "pods \"gone\" not found");
            }

            Succeeded = true;
            return null;
        }
    }
}
