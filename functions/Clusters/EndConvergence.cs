using MeshPort.Exposures;
using MeshPort.State;

namespace MeshPort.Clusters;

/// <summary>Sums up: what could not be looked at is Unknown, <c>Ready</c> follows from the rest, and the operations that were served are over.</summary>
internal sealed class EndConvergence(StateStore state, ConvergenceLog log)
{
    [Function(nameof(EndConvergence))]
    public async Task RunAsync([ActivityTrigger] EndRequest request, CancellationToken cancellationToken)
    {
        await log.RecordClusterAsync(
            request.Cluster,
            (status, now) => Conclude(Block(status, ConditionTypes.OfCluster, request, request.Generation, now), request.Generation, now),
            cancellationToken);

        var exposures = await state.ListExposuresAsync(request.Cluster, cancellationToken);
        var generations = exposures.ToDictionary(exposure => exposure.Metadata.Name, exposure => exposure.Metadata.Generation, StringComparer.Ordinal);
        await log.RecordExposuresAsync(
            request.Cluster,
            (name, status, now) => generations.TryGetValue(name, out var generation)
                ? Conclude(Block(status, ConditionTypes.OfExposure, request, generation, now), generation, now)
                : status,
            cancellationToken);

        var clusterReady = (await state.GetClusterAsync(request.Cluster, cancellationToken))?.Status.IsTrue(ConditionTypes.Ready) == true;
        var ready = (await state.ListExposuresAsync(request.Cluster, cancellationToken)).Where(exposure => exposure.Status.IsTrue(ConditionTypes.Ready)).Select(exposure => exposure.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        await log.EndAsync(request.Cluster, request.Convergence, request.Change, request.Steps, exposure => exposure is null ? clusterReady : ready.Contains(exposure), cancellationToken);
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

    private static ResourceStatus Conclude(ResourceStatus status, long generation, DateTimeOffset now) =>
        status.With(ConditionTypes.Ready, Readiness.Of(status), generation, now) with { ObservedGeneration = generation };
}

/// <param name="Change">What the convergence worked from.</param>
/// <param name="Obstacle">Where it came to a halt; null when it went all the way.</param>
public sealed record EndRequest(ClusterId Cluster, string Convergence, long Change, long Generation, IReadOnlyList<Step> Steps, Obstacle? Obstacle);
