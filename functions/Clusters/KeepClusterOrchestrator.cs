namespace MeshPort.Clusters;

/// <summary>
/// The keeper: one eternal orchestration for each wanted cluster, and the only one that converges it. It compares what is desired with what has been observed
/// before it waits, so a wake-up that comes at the wrong moment, or never, loses nothing. What is not as desired is looked at again long before the next resync, and less often each time.
/// </summary>
internal static class KeepClusterOrchestrator
{
    /// <summary>The event that says "look again".</summary>
    public const string Changed = "changed";

    private const int MostDoublings = 16;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(30);
    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(10, TimeSpan.FromSeconds(2), 2, TimeSpan.FromMinutes(1)));

    [Function(nameof(KeepClusterOrchestrator))]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, ConvergeRequest request)
    {
        var order = await context.CallActivityAsync<KeeperOrder>(nameof(FindWork), request.Cluster, Retry);
        if (order.Work == KeeperWork.None)
        {
            return;
        }

        if (order.Work == KeeperWork.Converge || await IsResyncDueAsync(context, Pause(order.Resync, request.Misses)))
        {
            request = request with { Misses = await ConvergeAsync(context, request) ? 0 : request.Misses + 1 };
        }

        context.ContinueAsNew(request);
    }

    internal static TimeSpan Pause(TimeSpan resync, int misses) =>
        misses > 0 && FirstRetry * Math.Pow(2, Math.Min(misses - 1, MostDoublings)) is var retry && retry < resync ? retry : resync;

    /// <returns>False when something changed first: then the next generation finds out whether that is work.</returns>
    private static async Task<bool> IsResyncDueAsync(TaskOrchestrationContext context, TimeSpan resync)
    {
        using var over = new CancellationTokenSource();
        var changed = context.WaitForExternalEvent<object?>(Changed, over.Token);
        var timer = context.CreateTimer(resync, over.Token);
        var first = await Task.WhenAny(changed, timer);
        over.Cancel(); // not CancelAsync: an orchestrator may await durable tasks only
        return first == timer;
    }

    /// <returns>Whether everything is as desired.</returns>
    private static async Task<bool> ConvergeAsync(TaskOrchestrationContext context, ConvergeRequest request)
    {
        try
        {
            return await context.CallSubOrchestratorAsync<bool>(nameof(ConvergeClusterOrchestrator), request);
        }
        catch (TaskFailedException failure)
        {
            await context.CallActivityAsync(nameof(AbandonConvergence), new AbandonRequest(request.Cluster, Failure.Tell(failure.FailureDetails)), Retry);
            return false;
        }
    }
}
