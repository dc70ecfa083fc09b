using MeshPort.State;

namespace MeshPort.Timers;

/// <summary>
/// Deletes finished convergences, old operations and old rejections, every hour. The state store has the results of convergences; keepers
/// do not finish while their cluster exists.
/// </summary>
internal sealed class Housekeeping(Operations operations, Rejections rejections, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(6);

    [Function(nameof(Housekeeping))]
    public async Task RunAsync(
        [TimerTrigger("0 30 * * * *", UseMonitor = false)] TimerInfo timer,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        // First: what clusters have stored cannot stop it.
        await durable.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(
                null,
                time.GetUtcNow() - Kept,
                [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated]
            ),
            cancellationToken
        );
        await operations.ForgetOldAsync(cancellationToken);
        await rejections.ForgetOldAsync(cancellationToken);
    }
}
