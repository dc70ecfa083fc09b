using System.Text.Json;
using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Events;

/// <summary>
/// Handles Azure's events about clusters, in the schema of Event Grid or CloudEvents. An event only triggers a convergence, which reads the
/// state from Azure, so late, duplicate or unordered events do no harm.
/// </summary>
internal sealed partial class EventReceiver(
    ClusterStore clusters,
    StatusStore log,
    OwnIdentity identity,
    RecentEvents recent,
    ILogger<EventReceiver> logger
)
{
    /// <param name="json">The event; the default value for a text that is no JSON.</param>
    public async Task ReceiveAsync(JsonElement json, DurableTaskClient durable, CancellationToken cancellationToken)
    {
        if (AzureEvent.Read(json) is not { } happened)
        {
            Log.NotUnderstood(logger); // not logged: it may contain personal data
            return;
        }

        using var scope = Correlation.Begin(logger, happened.Id);
        if (recent.Has(happened.Id) || IsOnlyReading(happened) || await identity.IsOursAsync(happened.Caller, cancellationToken))
        {
            return;
        }

        foreach (var cluster in await ConcernedAsync(happened, cancellationToken))
        {
            await RequestLookAsync(cluster, happened, cancellationToken);
            await Keeper.WakeAsync(durable, cluster, cancellationToken);
            Log.Woken(logger, cluster.Key, happened.Type);
        }

        recent.Add(happened.Id);
    }

    /// <summary>Actions that read credentials, such as listClusterUserCredential, change nothing.</summary>
    private static bool IsOnlyReading(AzureEvent happened) =>
        happened.Action?.Split('/') is [.., var verb, var action]
        && action.Equals("action", StringComparison.OrdinalIgnoreCase)
        && (verb.StartsWith("list", StringComparison.OrdinalIgnoreCase) || verb.StartsWith("get", StringComparison.OrdinalIgnoreCase));

    private async Task<IReadOnlyList<ClusterId>> ConcernedAsync(AzureEvent happened, CancellationToken cancellationToken)
    {
        if (EventScope.Cluster(happened.Resource) is { } named)
        {
            return await clusters.FindAsync(named, cancellationToken) is { Id: var known } ? [known] : [];
        }

        var concerned = new List<ClusterId>();
        foreach (var cluster in await clusters.ListIdsAsync(cancellationToken))
        {
            if (
                EventScope.Concerns(happened.Resource, cluster)
                || (
                    EventScope.IsNetwork(happened.Resource)
                    && await clusters.GetAsync(cluster, cancellationToken) is { } known
                    && (
                        EventScope.IsNear(happened.Resource, known.Spec.Network?.SubnetId)
                        || EventScope.IsGuard(happened.Resource, known.Status.Made)
                    )
                )
            )
            {
                concerned.Add(cluster);
            }
        }

        return concerned;
    }

    private async Task RequestLookAsync(ClusterId cluster, AzureEvent happened, CancellationToken cancellationToken)
    {
        if (EventAdvice.For(happened) is not { } advice)
        {
            await clusters.RequestLookAsync(cluster, null, cancellationToken);
            return;
        }

        var now = log.Now;
        var entry = new HistoryEntry(
            happened.Time < now ? happened.Time : now,
            HistoryTypes.AzureEvent,
            null,
            happened.Name,
            advice,
            new Requester(RequestTrigger.EventGrid, null, happened.Id)
        );
        var history = await log.ReadHistoryAsync(cluster, null, cancellationToken);
        await clusters.RequestLookAsync(
            cluster,
            history.Any(known => known.Type == entry.Type && known.By == entry.By) ? null : entry,
            cancellationToken
        );
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "Ignored an event that is neither from AKS nor about a resource")]
        public static partial void NotUnderstood(ILogger logger);

        [LoggerMessage(LogLevel.Information, "Requested a convergence of {Cluster} because Azure sent {Type}")]
        public static partial void Woken(ILogger logger, string cluster, string type);
    }
}
