using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>
/// Records one condition of the cluster as soon as it is known, and the reason of a step that waits. While a step waits, a condition that
/// was True for the same spec stays as it is.
/// </summary>
internal sealed class RecordCondition(StatusStore log)
{
    [Function(nameof(RecordCondition))]
    public Task RunAsync([ActivityTrigger] ObservedCondition observed, CancellationToken cancellationToken) =>
        log.RecordClusterAsync(observed.Cluster, (status, now) => Observe(status, observed, now), cancellationToken);

    private static ResourceStatus Observe(ResourceStatus status, ObservedCondition observed, DateTimeOffset now) =>
        !observed.IsKnown
        && observed.Observation.Status == ConditionStatus.Unknown
        && status.Find(observed.Type) is { Status: ConditionStatus.True } known
        && known.ObservedGeneration == observed.Generation
            ? status
            : status.With(observed.Type, observed.Observation, observed.Generation, now);
}

/// <param name="IsKnown">False while the step waits: the observation may change at the next look.</param>
public sealed record ObservedCondition(ClusterId Cluster, string Type, Observation Observation, long Generation, bool IsKnown);
