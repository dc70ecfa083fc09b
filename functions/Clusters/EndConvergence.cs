using MeshPort.Exposures;
using MeshPort.State;

namespace MeshPort.Clusters;

/// <summary>Sums up: what could not be looked at is Unknown, <c>Ready</c> follows from the rest, and the operations that were served are over. Also after a pass that is not the last.</summary>
internal sealed class EndConvergence(StateStore state, ConvergenceLog log)
{
    [Function(nameof(EndConvergence))]
    public async Task RunAsync([ActivityTrigger] EndRequest request, CancellationToken cancellationToken)
    {
        await log.RecordClusterAsync(
            request.Cluster,
            (status, now) => Conclude(Block(status, ConditionTypes.OfCluster, request, request.Generation, now), now),
            cancellationToken);

        var exposures = await state.ListExposuresAsync(request.Cluster, cancellationToken);
        var generations = exposures.ToDictionary(exposure => exposure.Metadata.Name, exposure => exposure.Metadata.Generation, StringComparer.Ordinal);
        await log.RecordExposuresAsync(
            request.Cluster,
            (name, status, now) => generations.TryGetValue(name, out var generation)
                ? Conclude(Block(status, ConditionTypes.OfExposure, request, generation, now), now)
                : status,
            cancellationToken);

        var clusterReady = (await state.GetClusterAsync(request.Cluster, cancellationToken))?.Status.IsTrue(ConditionTypes.Ready) == true;
        var ready = (await state.ListExposuresAsync(request.Cluster, cancellationToken)).Where(exposure => exposure.Status.IsTrue(ConditionTypes.Ready)).Select(exposure => exposure.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        await log.EndAsync(request.Cluster, request.Convergence, request.IsOver ? request.Change : null, request.Steps, exposure => exposure is null ? clusterReady : ready.Contains(exposure), cancellationToken);
    }

    /// <summary>Conditions after the obstacle were not looked at. An obstacle in the cluster's own pipeline stands before everything of an exposure.</summary>
    internal static ResourceStatus Block(ResourceStatus status, IReadOnlyList<string> pipeline, EndRequest request, long generation, DateTimeOffset now)
    {
        if (request.Obstacle is not { } obstacle)
        {
            return status;
        }

        var verdict = Verdict.Unknown(Reasons.Blocked, $"{obstacle.Condition} is {obstacle.Verdict.Status}: {obstacle.Verdict.Message}");
        var ofCluster = pipeline == ConditionTypes.OfCluster;
        var unseen = ConditionTypes.OfCluster.Contains(obstacle.Condition)
            ? ofCluster ? pipeline.SkipWhile(type => type != obstacle.Condition).Skip(1) : pipeline.Where(type => type != ConditionTypes.Accepted)
            : ofCluster ? [] : pipeline.SkipWhile(type => type != obstacle.Condition);
        return unseen.Where(type => type != ConditionTypes.Ready).Aggregate(status, (current, type) => current.With(type, verdict, generation, now));
    }

    /// <summary>A spec that has changed since its conditions were observed is not vouched for: the oldest observation counts.</summary>
    internal static ResourceStatus Conclude(ResourceStatus status, DateTimeOffset now)
    {
        var generation = status.Conditions.Where(condition => condition.Type != ConditionTypes.Ready).Min(condition => condition.ObservedGeneration);
        return status.With(ConditionTypes.Ready, Readiness.Of(status), generation, now) with { ObservedGeneration = generation };
    }
}

/// <param name="Change">What the convergence worked from.</param>
/// <param name="Obstacle">Where it came to a halt; null when it went all the way.</param>
/// <param name="IsOver">False: it goes on, and only the operations that have reached what they asked for are over.</param>
public sealed record EndRequest(ClusterId Cluster, string Convergence, long Change, long Generation, IReadOnlyList<Step> Steps, Obstacle? Obstacle, bool IsOver);
