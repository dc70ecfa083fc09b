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
            (status, now) => Conclusion.Draw(Conclusion.Block(status, ConditionTypes.OfCluster, request, request.Generation, now), now),
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
            ConvergenceReport.End(logger, request.Cluster, request.Began, outcome, time.GetUtcNow(), ended);
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
            : Conclusion.Draw(
                Conclusion.Block(exposure.Status, ConditionTypes.OfExposure, request, exposure.Metadata.Generation, now),
                now
            );
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
