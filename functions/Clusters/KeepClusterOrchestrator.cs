namespace MeshPort.Clusters;

/// <summary>
/// The keeper: one eternal orchestration for each wanted cluster, and the only one that converges it. It compares what is desired with what has been observed
/// before it waits, so a wake-up that comes at the wrong moment, or never, loses nothing.
/// </summary>
internal static class KeepClusterOrchestrator
{
    /// <summary>The event that says "look again".</summary>
    public const string Changed = "changed";

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(10, TimeSpan.FromSeconds(2), 2, TimeSpan.FromMinutes(1)));

    [Function(nameof(KeepClusterOrchestrator))]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, ConvergeRequest request)
    {
        var order = await context.CallActivityAsync<KeeperOrder>(nameof(FindWork), request.Cluster, Retry);
        if (order.Work == KeeperWork.None)
        {
            return;
        }

        if (order.Work == KeeperWork.Converge || await IsResyncDueAsync(context, order.Resync))
        {
            await ConvergeAsync(context, request);
        }

        context.ContinueAsNew(request);
    }

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

    private static async Task ConvergeAsync(TaskOrchestrationContext context, ConvergeRequest request)
    {
        try
        {
            await context.CallSubOrchestratorAsync(nameof(ConvergeClusterOrchestrator), request);
        }
        catch (TaskFailedException failure)
        {
            await context.CallActivityAsync(nameof(AbandonConvergence), new AbandonRequest(request.Cluster, failure.FailureDetails.ErrorMessage), Retry);
        }
    }
}
