using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Convergence;

/// <summary>Sums up: what could not be looked at is Unknown, <c>Ready</c> follows from the rest, and the operations that were served are over. Also after a pass that is not the last.</summary>
internal sealed class EndConvergence(
    ClusterStore clusters,
    ExposureStore exposures,
    StatusStore log,
    Operations operations,
    TimeProvider time,
    ILogger<EndConvergence> logger
)
{
    /// <returns>Whether everything is as desired.</returns>
    [Function(nameof(EndConvergence))]
    public async Task<bool> RunAsync([ActivityTrigger] EndRequest request, CancellationToken cancellationToken)
    {
        var cluster = await log.RecordClusterAsync(
            request.Cluster,
            (status, now) => Conclude(Block(status, ConditionTypes.OfCluster, request, request.Generation, now), now),
            cancellationToken
        );
        var found = await exposures.ListAsync(request.Cluster, cancellationToken);
        var concluded = found.Select(exposure => (exposure.Metadata, Before: exposure.Status, After: Conclude(exposure, request))).ToList();
        await log.RecordExposuresAsync(
            request.Cluster,
            concluded.Where(one => one.After != one.Before).Select(one => (one.Metadata.Name, one.After)),
            cancellationToken
        );

        // What a station could not look at yet says what it said of the spec before.
        var progress = concluded.ToDictionary(
            one => one.Metadata.Name,
            one =>
                one.Metadata.DeletedAt is not null ? ExposureProgress.Leaving
                : one.After.IsTrue(ConditionTypes.Ready) && one.After.ObservedGeneration >= one.Metadata.Generation ? ExposureProgress.Ready
                : ExposureProgress.NotReady,
            StringComparer.Ordinal
        );
        var (ready, leaving) = (
            progress.Values.Count(one => one == ExposureProgress.Ready),
            progress.Values.Count(one => one == ExposureProgress.Leaving)
        );
        var isReady = cluster?.IsTrue(ConditionTypes.Ready) == true;
        var wanted = await clusters.FindAsync(request.Cluster, cancellationToken);
        var ended = await operations.EndAsync(
            request.Cluster,
            request.Change,
            request.IsOver && wanted?.Metadata.Generation == request.Generation, // cut short by another spec, it is for the next to say what has failed
            request.Steps,
            operation => OperationOutcome.Of(operation, wanted, isReady, progress),
            cancellationToken
        );
        if (request.IsOver)
        {
            await log.ObserveAsync(request.Cluster, request.Change, cancellationToken);
            Instruments.CountExposures(request.Cluster.Key, ready, progress.Count - ready - leaving, leaving);
            var outcome =
                request.Obstacle is not null ? ConvergenceOutcome.Blocked
                : isReady && ready == progress.Count ? ConvergenceOutcome.Ready
                : ConvergenceOutcome.NotReady;
            ConvergenceReport.End(logger, request, outcome, time.GetUtcNow(), ended);
        }
        else
        {
            ConvergenceReport.GoOn(logger, request, ended);
        }

        return isReady && ready == progress.Count;
    }

    private ResourceStatus Conclude(Resource<ExposureSpec> exposure, EndRequest request)
    {
        var now = time.GetUtcNow();
        return exposure.Metadata.DeletedAt is not null
            ? exposure.Status
            : Conclude(Block(exposure.Status, ConditionTypes.OfExposure, request, exposure.Metadata.Generation, now), now);
    }

    /// <summary>Conditions after the obstacle were not looked at. An obstacle in the cluster's own pipeline stands before everything of an exposure.</summary>
    internal static ResourceStatus Block(
        ResourceStatus status,
        IReadOnlyList<string> pipeline,
        EndRequest request,
        long generation,
        DateTimeOffset now
    )
    {
        if (request.Obstacle is not { } obstacle)
        {
            return status;
        }

        var dependent = obstacle.Observation.DependentOn(obstacle.Condition);
        var ofCluster = pipeline == ConditionTypes.OfCluster;
        var unseen = ConditionTypes.OfCluster.Contains(obstacle.Condition)
            ? ofCluster
                ? pipeline.SkipWhile(type => type != obstacle.Condition).Skip(1)
                : pipeline.Where(type => type != ConditionTypes.Accepted)
            : ofCluster
                ? []
                : pipeline.SkipWhile(type => type != obstacle.Condition);
        return unseen
            .Where(type => type != ConditionTypes.Ready)
            .Select(type => (Type: type, Observation: type == obstacle.Condition ? obstacle.Observation : dependent))
            .Aggregate(status, (current, one) => current.With(one.Type, one.Observation, generation, now));
    }

    /// <summary>A spec that has changed since its conditions were observed is not vouched for: the oldest observation counts.</summary>
    internal static ResourceStatus Conclude(ResourceStatus status, DateTimeOffset now)
    {
        var generation = status
            .Conditions.Where(condition => condition.Type != ConditionTypes.Ready)
            .Min(condition => condition.ObservedGeneration);
        return status.With(ConditionTypes.Ready, Readiness.Of(status), generation, now) with { ObservedGeneration = generation };
    }
}

/// <param name="Change">What the convergence worked from.</param>
/// <param name="Obstacle">Where it came to a halt; null when it went all the way.</param>
/// <param name="IsOver">False: it goes on, and only the operations that have reached what they asked for are over.</param>
/// <param name="Began">When the convergence began.</param>
public sealed record EndRequest(
    ClusterId Cluster,
    long Change,
    long Generation,
    IReadOnlyList<Step> Steps,
    Obstacle? Obstacle,
    bool IsOver,
    DateTimeOffset Began
)
{
    internal static EndRequest Of(ConvergenceStart start, Obstacle? obstacle) =>
        new(start.Cluster, start.Change, start.Generation, [], obstacle, IsOver: true, start.Began);
}
