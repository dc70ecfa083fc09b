namespace MeshPort.Events;

/// <summary>Every hour: finished convergences are forgotten. What they found is in State; keepers never finish while their cluster is wanted.</summary>
internal sealed class Housekeeping(TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(6);

    [Function(nameof(Housekeeping))]
    public Task RunAsync([TimerTrigger("0 30 * * * *", UseMonitor = false)] TimerInfo timer, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken) =>
        durable.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(null, time.GetUtcNow() - Kept, [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated]),
            cancellationToken);
}
