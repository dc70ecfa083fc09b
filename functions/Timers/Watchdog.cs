using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Timers;

/// <summary>Every minute: a wanted cluster whose keeper is missing or has failed gets one, and a keeper that sleeps over work is woken: who asked for it died before doing so.</summary>
internal sealed partial class Watchdog(
    ClusterStore clusters,
    StatusStore log,
    Operations operations,
    TimeProvider time,
    ILogger<Watchdog> logger
)
{
    /// <summary>Who has just asked for a change is about to wake the keeper: nothing is missing yet.</summary>
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
            if (await log.FindDesireAsync(cluster, cancellationToken) is { } desire)
            {
                await WatchAsync(durable, cluster, desire, cancellationToken);
            }
        }
    }

    private async Task WatchAsync(DurableTaskClient durable, ClusterId cluster, ClusterState desire, CancellationToken cancellationToken)
    {
        var keeper = await durable.GetInstanceAsync(cluster.KeeperId, cancellationToken);
        if (keeper is { IsCompleted: false })
        {
            if (
                desire.IsWork
                && !await RunsAsync(durable, desire.Progress.Instance, cancellationToken)
                && await WaitsAsync(cluster, cancellationToken)
            )
            {
                Log.Woken(logger, cluster.Key);
                await Keeper.WakeAsync(durable, cluster, cancellationToken);
            }

            return;
        }

        if (time.GetUtcNow() - desire.Document.Metadata.UpdatedAt > Grace)
        {
            var status = keeper?.RuntimeStatus.ToString() ?? "missing";
            Instruments.KeeperRestarted(status);
            Log.Restarted(logger, cluster.Key, status);
            await Keeper.WakeAsync(durable, cluster, cancellationToken);
        }
    }

    /// <summary>Whether somebody waits for longer than it takes to wake a keeper. An event that waits comes again.</summary>
    private async Task<bool> WaitsAsync(ClusterId cluster, CancellationToken cancellationToken) =>
        (await operations.ListOpenAsync(cluster, long.MaxValue, cancellationToken)).Any(operation =>
            time.GetUtcNow() - operation.StartedAt > Grace
        );

    private static async Task<bool> RunsAsync(DurableTaskClient durable, string? convergence, CancellationToken cancellationToken) =>
        convergence is not null && await durable.GetInstanceAsync(convergence, cancellationToken) is { IsCompleted: false };

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "There is work for {Cluster} that its keeper does not know of; it is woken.")]
        public static partial void Woken(ILogger logger, string cluster);

        [LoggerMessage(LogLevel.Warning, "The keeper of {Cluster} was {Status}; it is started again.")]
        public static partial void Restarted(ILogger logger, string cluster, string status);
    }
}
