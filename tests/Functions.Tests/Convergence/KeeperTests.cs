using MeshPort.Convergence;
using MeshPort.Model;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Xunit;

namespace MeshPort.Functions.Tests.Convergence;

public sealed class KeeperTests
{
    private static readonly ClusterId Cluster = new("00000000-0000-0000-0000-000000000000", "rg", "c1");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_keeper_that_ends_while_it_is_woken_is_started_anew()
    {
        await using var hub = new Hub(OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Completed);

        await Keeper.WakeAsync(hub, Cluster, Token);

        Assert.Equal([Cluster.KeeperId], hub.Started);
    }

    [Fact]
    public async Task A_keeper_that_runs_and_cannot_be_woken_is_a_failure()
    {
        await using var hub = new Hub(OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Running);

        await Assert.ThrowsAsync<IOException>(() => Keeper.WakeAsync(hub, Cluster, Token));

        Assert.Empty(hub.Started);
    }

    /// <summary>A task hub with one instance that has these statuses in turn and accepts no event.</summary>
    private sealed class Hub(params OrchestrationRuntimeStatus[] statuses) : BareHub
    {
        private readonly Queue<OrchestrationRuntimeStatus> _statuses = new(statuses);

        public List<string?> Started { get; } = [];

        public override Task<OrchestrationMetadata?> GetInstancesAsync(
            string instanceId,
            bool getInputsAndOutputs = false,
            CancellationToken cancellation = default
        ) =>
            Task.FromResult<OrchestrationMetadata?>(
                new OrchestrationMetadata(nameof(KeepClusterOrchestrator), instanceId) { RuntimeStatus = _statuses.Dequeue() }
            );

        public override Task RaiseEventAsync(
            string instanceId,
            string eventName,
            object? eventPayload = null,
            CancellationToken cancellation = default
        ) => throw new IOException("The instance accepts no event.");

        public override Task<string> ScheduleNewOrchestrationInstanceAsync(
            TaskName orchestratorName,
            object? input = null,
            StartOrchestrationOptions? options = null,
            CancellationToken cancellation = default
        )
        {
            Started.Add(options?.InstanceId);
            return Task.FromResult(options?.InstanceId ?? "");
        }
    }
}
