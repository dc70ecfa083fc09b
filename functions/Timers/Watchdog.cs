using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Timers;

/// <summary>
/// Starts missing and failed keepers, and wakes keepers that wait although there is work, every minute. A request that dies between its
/// commit and the wake-up leaves such a keeper. Reports the state of all clusters, and that of the exposures where a convergence is under
/// way: it may wait for Azure for hours, in which nothing else counts them.
/// </summary>
internal sealed partial class Watchdog(
    ClusterStore clusters,
    ExposureStore exposures,
    StatusStore log,
    Operations operations,
    Resync resync,
    Limits limits,
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
        var watched = new List<WatchedCluster>();
        var unwatched = 0;
        foreach (var cluster in await clusters.ListIdsAsync(cancellationToken))
        {
            try
            {
                if (await log.LoadAsync(cluster, cancellationToken) is { } state)
                {
                    watched.Add(await WatchAsync(durable, cluster, state, cancellationToken));
                }
            }
#pragma warning disable CA1031 // one broken cluster must not hide the others
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested) // a client cancels a call that takes too long
#pragma warning restore CA1031
            {
                unwatched++;
                Log.Failed(logger, cluster.Key, exception);
            }
        }

        FleetInstruments.Report(Fleet.Of(watched, unwatched));
    }

    private async Task<WatchedCluster> WatchAsync(
        DurableTaskClient durable,
        ClusterId cluster,
        ClusterState state,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var keeper = await durable.GetInstanceAsync(cluster.KeeperId, cancellationToken);
        var interval = resync.Of(state.Document.Spec);
        var seen = keeper?.LastUpdatedAt ?? state.Document.Metadata.UpdatedAt;
        var convergence =
            (state.IsWork || now - seen > interval) && state.Progress.Instance is { } instance
                ? await durable.GetInstanceAsync(instance, cancellationToken)
                : null;
        seen = Later(seen, convergence?.LastUpdatedAt);
        if (now - seen > interval && convergence is { IsCompleted: false, InstanceId: var waiting })
        {
            var features = await durable.GetInstanceAsync(RegisterFeaturesOrchestrator.InstanceOf(waiting), cancellationToken);
            seen = Later(seen, features?.LastUpdatedAt);
        }

        if (convergence is { IsCompleted: false })
        {
            var counts = ExposureCounts.Of(await exposures.ListAsync(cluster, cancellationToken));
            ClusterInstruments.CountExposures(cluster.Key, counts, interval);
        }

        var oldest = state.IsWork ? await OldestRequestAsync(cluster, cancellationToken) : null;
        if (keeper is not { IsCompleted: false })
        {
            await RestartAsync(durable, cluster, state, keeper, cancellationToken);
        }
        else if (
            state.IsWork
            && convergence is not { IsCompleted: false }
            // The writer of a batch opens the operation last, and may have died before.
            && (now - oldest > Grace || state.Document.JournaledBatch is not null)
        )
        {
            Log.Woken(logger, cluster.Key);
            await Keeper.WakeAsync(durable, cluster, cancellationToken);
        }

        return Of(cluster, state, now - oldest, now - seen, interval, limits, now);
    }

    /// <param name="oldestRequest">The age of the oldest open request; null without one.</param>
    /// <param name="age">The time since the keeper, the convergence or its features made a step.</param>
    internal static WatchedCluster Of(
        ClusterId cluster,
        ClusterState state,
        TimeSpan? oldestRequest,
        TimeSpan age,
        TimeSpan interval,
        Limits limits,
        DateTimeOffset now
    ) =>
        new(
            cluster.Key,
            StateOf(state),
            oldestRequest,
            age,
            interval,
            now - UnreadySince(state),
            state.Document.Ports,
            limits.Room(state.Resource.Status.OtherRules, state.Document.Spec.IpFamilies.Count)
        );

    /// <returns>Null for a cluster that is Ready.</returns>
    private static DateTimeOffset? UnreadySince(ClusterState state) =>
        (StateOf(state), state.Resource.Status.Find(ConditionTypes.Ready), state.Document.Metadata) switch
        {
            ("ready", _, _) => null,
            ("leaving", _, var metadata) => metadata.DeletedAt ?? metadata.UpdatedAt,
            (_, { Status: not ConditionStatus.True } ready, _) => ready.Since,
            (_, _, var metadata) => metadata.UpdatedAt,
        };

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset? other) => other > one ? other.Value : one;

    private async Task RestartAsync(
        DurableTaskClient durable,
        ClusterId cluster,
        ClusterState state,
        OrchestrationMetadata? keeper,
        CancellationToken cancellationToken
    )
    {
        if (time.GetUtcNow() - state.Document.Metadata.UpdatedAt > Grace)
        {
            var status = keeper?.RuntimeStatus.ToString() ?? "missing";
            Instruments.KeeperRestarted(status);
            Log.Restarted(logger, cluster.Key, status);
            await Keeper.WakeAsync(durable, cluster, cancellationToken);
        }
    }

    /// <summary>When the oldest open request came. Null for events, which have no operation: Event Grid repeats them.</summary>
    private async Task<DateTimeOffset?> OldestRequestAsync(ClusterId cluster, CancellationToken cancellationToken) =>
        (await operations.ListOpenAsync(cluster, long.MaxValue, cancellationToken)).Min(operation => (DateTimeOffset?)operation.StartedAt);

    private static string StateOf(ClusterState state) =>
        Fleet.StateOf(state.Document.Removal is not null, state.Resource.Status, state.Document.Metadata.Generation);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "The watchdog cannot watch {Cluster}; the metrics count it as unknown")]
        public static partial void Failed(ILogger logger, string cluster, Exception exception);

        [LoggerMessage(LogLevel.Information, "Woke the keeper of {Cluster}, which waited although there is work")]
        public static partial void Woken(ILogger logger, string cluster);

        [LoggerMessage(LogLevel.Warning, "Restarted the keeper of {Cluster}, which was {Status}")]
        public static partial void Restarted(ILogger logger, string cluster, string status);
    }
}
