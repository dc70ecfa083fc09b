using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>
/// Records one condition of the cluster as soon as it is known, and the reason of a step that waits. While a step waits, a condition that
/// was True for the same spec stays as it is. <see cref="StepWatch"/> ends that if the cluster does not serve.
/// </summary>
internal sealed class RecordCondition(StatusStore log)
{
    /// <returns>Whether this condition, or one that depends on it, stays True.</returns>
    [Function(nameof(RecordCondition))]
    public async Task<bool> RunAsync([ActivityTrigger] ObservedCondition observed, CancellationToken cancellationToken) =>
        await log.RecordClusterAsync(observed.Cluster, (status, now) => Observe(status, observed, now), cancellationToken) is { } after
        && ConditionTypes.OfCluster.SkipWhile(type => type != observed.Type).Any(after.IsTrue);

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
