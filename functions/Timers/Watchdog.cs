using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Timers;

/// <summary>
/// Starts missing and failed keepers, and wakes keepers that wait although there is work, every minute. A request that dies between its
/// commit and the wake-up leaves such a keeper.
/// </summary>
internal sealed partial class Watchdog(
    ClusterStore clusters,
    StatusStore log,
    Operations operations,
    TimeProvider time,
    ILogger<Watchdog> logger
)
{
    /// <summary>The time in which a request wakes the keeper itself.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    [Function(nameof(Watchdog))]
    public async Task RunAsync(
        [TimerTrigger("0 * * * * *", UseMonitor = false)] TimerInfo timer,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        foreach (var cluster in await clusters.ListIdsAsync(cancellationToken))
        {
            if (await log.LoadAsync(cluster, cancellationToken) is { } state)
            {
                await WatchAsync(durable, cluster, state, cancellationToken);
            }
        }
    }

    private async Task WatchAsync(DurableTaskClient durable, ClusterId cluster, ClusterState state, CancellationToken cancellationToken)
    {
        var keeper = await durable.GetInstanceAsync(cluster.KeeperId, cancellationToken);
        if (keeper is { IsCompleted: false })
        {
            if (
                state.IsWork
                && !await RunsAsync(durable, state.Progress.Instance, cancellationToken)
                && await WaitsAsync(cluster, cancellationToken)
            )
            {
                Log.Woken(logger, cluster.Key);
                await Keeper.WakeAsync(durable, cluster, cancellationToken);
            }

            return;
        }

        if (time.GetUtcNow() - state.Document.Metadata.UpdatedAt > Grace)
        {
            var status = keeper?.RuntimeStatus.ToString() ?? "missing";
            Instruments.KeeperRestarted(status);
            Log.Restarted(logger, cluster.Key, status);
            await Keeper.WakeAsync(durable, cluster, cancellationToken);
        }
    }

    /// <summary>
    /// Whether an operation is open for longer than a wake-up takes. Events have no operation, and Event Grid repeats them.
    /// </summary>
    private async Task<bool> WaitsAsync(ClusterId cluster, CancellationToken cancellationToken) =>
        (await operations.ListOpenAsync(cluster, long.MaxValue, cancellationToken)).Any(operation =>
            time.GetUtcNow() - operation.StartedAt > Grace
        );

    private static async Task<bool> RunsAsync(DurableTaskClient durable, string? convergence, CancellationToken cancellationToken) =>
        convergence is not null && await durable.GetInstanceAsync(convergence, cancellationToken) is { IsCompleted: false };

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Woke the keeper of {Cluster}, which waited although there is work")]
        public static partial void Woken(ILogger logger, string cluster);

        [LoggerMessage(LogLevel.Warning, "Restarted the keeper of {Cluster}, which was {Status}")]
        public static partial void Restarted(ILogger logger, string cluster, string status);
    }
}
