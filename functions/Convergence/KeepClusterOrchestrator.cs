using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>
/// The keeper: one eternal orchestration for each wanted cluster, and the only one that converges it. It compares the desired state with
/// the observed state before it waits, so a wake-up that comes at the wrong moment, or never, loses nothing. The keeper looks again at a
/// cluster that is not as desired long before the next resync, and less often each time. A resync of an idle cluster is one activity.
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
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, KeepRequest request)
    {
        using var over = new CancellationTokenSource();
        var resync = new ResyncTimer(context, over.Token);
        for (var round = 0; round < MostRounds; round++)
        {
            var began = context.CurrentUtcDateTime;
            var order = await FindOrderAsync(context, request);
            if (order.Work == KeeperWork.None)
            {
                over.Cancel(); // not CancelAsync: an orchestrator may await durable tasks only
                return;
            }

            if (order.Work == KeeperWork.Converge)
            {
                var converge = request.IsDue
                    ? new ConvergeRequest(request.Cluster, began, order.Observed)
                    : new ConvergeRequest(request.Cluster);
                request = request.After(await ConvergeAsync(context, converge));
            }
            else
            {
                request = request.IsDue ? request.After(order.IsReady) : request;
                if (await resync.IsDueAsync(Pause(order.Resync, request.Misses)))
                {
                    request = request with { IsDue = true };
                    break;
                }
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

    /// <summary>A resync that fails unexpectedly is left to a convergence, which reports the failure.</summary>
    private static async Task<KeeperOrder> FindOrderAsync(TaskOrchestrationContext context, KeepRequest request)
    {
        if (!request.IsDue)
        {
            return await context.CallActivityAsync<KeeperOrder>(nameof(FindWork), request.Cluster, Retry);
        }

        try
        {
            return await context.CallActivityAsync<KeeperOrder>(
                nameof(ResyncCluster),
                new ResyncRequest(request.Cluster, context.InstanceId)
            );
        }
        catch (TaskFailedException)
        {
            return new KeeperOrder(KeeperWork.Converge, TimeSpan.Zero);
        }
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

/// <param name="Misses">How many convergences and resyncs in a row have ended with something that is not as desired.</param>
/// <param name="IsDue">Whether the resync timer has fired.</param>
public sealed record KeepRequest(ClusterId Cluster, int Misses = 0, bool IsDue = false)
{
    /// <summary>After a convergence, or a resync that needed none.</summary>
    internal KeepRequest After(bool isReady) => this with { Misses = isReady ? 0 : Misses + 1, IsDue = false };
}
