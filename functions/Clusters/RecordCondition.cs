using MeshPort.State;

namespace MeshPort.Clusters;

/// <summary>
/// Writes one condition of the cluster as soon as it is known, and while a station waits, what it waits for. Passing trouble on the way does not unsay what was True.
/// </summary>
internal sealed class RecordCondition(ConvergenceLog log)
{
    [Function(nameof(RecordCondition))]
    public Task RunAsync([ActivityTrigger] ObservedCondition observed, CancellationToken cancellationToken) =>
        log.RecordClusterAsync(observed.Cluster, (status, now) => Observe(status, observed, now), cancellationToken);

    private static ResourceStatus Observe(ResourceStatus status, ObservedCondition observed, DateTimeOffset now) =>
        observed.Verdict.Status == ConditionStatus.Unknown && status.Find(observed.Type) is { Status: ConditionStatus.True } known && known.ObservedGeneration == observed.Generation
            ? status
            : status.With(observed.Type, observed.Verdict, observed.Generation, now);
}

public sealed record ObservedCondition(ClusterId Cluster, string Type, Verdict Verdict, long Generation);
