using MeshPort.Clusters;
using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Events;

/// <summary>Every minute: a wanted cluster whose keeper is missing or has failed gets one.</summary>
internal sealed partial class Watchdog(DesiredClusters clusters, TimeProvider time, ILogger<Watchdog> logger)
{
    /// <summary>Who has just asked for a change is about to wake the keeper: nothing is missing yet.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    [Function(nameof(Watchdog))]
    public async Task RunAsync([TimerTrigger("0 * * * * *", UseMonitor = false)] TimerInfo timer, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken)
    {
        foreach (var cluster in await clusters.ListIdsAsync(cancellationToken))
        {
            var keeper = await durable.GetInstanceAsync(cluster.KeeperId, cancellationToken);
            if ((keeper is null || keeper.IsCompleted) && await clusters.FindAsync(cluster, cancellationToken) is { } wanted && time.GetUtcNow() - wanted.Metadata.UpdatedAt > Grace)
            {
                var status = keeper?.RuntimeStatus.ToString() ?? "missing";
                Instruments.KeeperRestarted(status);
                Log.Restarted(logger, cluster.Key, status);
                await Keeper.WakeAsync(durable, cluster, cancellationToken);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The keeper of {Cluster} was {Status}; it is started again.")]
        public static partial void Restarted(ILogger logger, string cluster, string status);
    }
}
