namespace MeshPort.Convergence;

/// <summary>
/// The keeper: one eternal orchestration for each wanted cluster, and the only one that converges it. It compares the desired state with
/// the observed state before it waits, so a wake-up that comes at the wrong moment, or never, loses nothing. The keeper looks again at a
/// cluster that is not as desired long before the next resync, and less often each time.
/// </summary>
/// <remarks>
/// One generation has one resync timer and ends when that timer has fired. Azure Storage cannot take back the message of a cancelled timer:
/// it would come to a later generation, which defers it and logs "TimerFired was received out of order".
/// </remarks>
internal static class KeepClusterOrchestrator
{
    /// <summary>The event that says "look again".</summary>
    public const string Changed = "changed";

    /// <summary>Bounds the history of a generation whose timer is far away.</summary>
    private const int MostRounds = 20;
    private const int MostDoublings = 16;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(30);
    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(
        new RetryPolicy(10, TimeSpan.FromSeconds(2), 2, TimeSpan.FromMinutes(1))
    );

    [Function(nameof(KeepClusterOrchestrator))]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, ConvergeRequest request)
    {
        using var over = new CancellationTokenSource();
        var resync = new ResyncTimer(context, over.Token);
        for (var round = 0; round < MostRounds; round++)
        {
            var order = await context.CallActivityAsync<KeeperOrder>(nameof(FindWork), request.Cluster, Retry);
            if (order.Work == KeeperWork.None)
            {
                over.Cancel(); // not CancelAsync: an orchestrator may await durable tasks only
                return;
            }

            if (order.Work == KeeperWork.Converge || await resync.IsDueAsync(Pause(order.Resync, request.Misses)))
            {
                request = request with { Misses = await ConvergeAsync(context, request) ? 0 : request.Misses + 1 };
            }

            if (!resync.IsPending || resync.Pause != Pause(order.Resync, request.Misses))
            {
                break;
            }
        }

        over.Cancel();
        context.ContinueAsNew(request);
    }

    internal static TimeSpan Pause(TimeSpan resync, int misses) =>
        misses > 0 && FirstRetry * Math.Pow(2, Math.Min(misses - 1, MostDoublings)) is var retry && retry < resync ? retry : resync;

    /// <returns>Whether everything is as desired.</returns>
    private static async Task<bool> ConvergeAsync(TaskOrchestrationContext context, ConvergeRequest request)
    {
        try
        {
            return await context.CallSubOrchestratorAsync<bool>(nameof(ConvergeClusterOrchestrator), request);
        }
        catch (TaskFailedException failure)
        {
            await context.CallActivityAsync(
                nameof(AbandonConvergence),
                new AbandonRequest(request.Cluster, Failure.Tell(failure.FailureDetails)),
                Retry
            );
            return false;
        }
    }

    /// <summary>The timer of a generation. It starts with the first wait, and later waits continue it.</summary>
    private sealed class ResyncTimer(TaskOrchestrationContext context, CancellationToken over)
    {
        private Task? _timer;

        /// <summary>How long the timer runs.</summary>
        public TimeSpan Pause { get; private set; }

        public bool IsPending => _timer is { IsCompleted: false };

        /// <returns>False when something changed first; <see cref="FindWork"/> then finds out whether there is work.</returns>
        public async Task<bool> IsDueAsync(TimeSpan pause)
        {
            if (_timer is null)
            {
                Pause = pause;
                _timer = context.CreateTimer(pause, over);
            }

            using var decided = CancellationTokenSource.CreateLinkedTokenSource(over);
            var changed = context.WaitForExternalEvent<object?>(Changed, decided.Token);
            var first = await Task.WhenAny(changed, _timer);
            decided.Cancel();
            return first == _timer;
        }
    }
}
