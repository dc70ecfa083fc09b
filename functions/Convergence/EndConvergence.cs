using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Convergence;

/// <summary>
/// Records the end of a convergence, or of a pass before the last one. Conditions that were not observed are Unknown, <c>Ready</c>
/// follows from the others, and the served operations end.
/// </summary>
internal sealed class EndConvergence(
    ClusterStore clusters,
    ExposureStore exposures,
    StatusStore log,
    Operations operations,
    Resync resync,
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
        var concluded = found
            .Select(exposure => (exposure.Metadata, exposure.Change, Before: exposure.Status, After: Conclude(exposure, request)))
            .ToList();
        await log.RecordExposuresAsync(
            request.Cluster,
            concluded.Where(one => one.After != one.Before).Select(one => (one.Metadata.Name, one.After)),
            cancellationToken
        );

        // A condition that was not observed yet keeps its observation of the previous spec.
        var progress = concluded.ToDictionary(
            one => one.Metadata.Name,
            one => new RequestedExposure(ProgressOf(one.Metadata, one.After), one.Change),
            StringComparer.Ordinal
        );
        var counts = ExposureCounts.Of([.. found.Zip(concluded, (exposure, one) => exposure with { Status = one.After })]);
        var isReady = cluster?.IsTrue(ConditionTypes.Ready) == true;
        var wanted = await clusters.FindAsync(request.Cluster, cancellationToken);
        var ended = await operations.EndAsync(
            request.Cluster,
            request.Change,
            request.BeganWith,
            // After another spec, the next convergence decides which operations have failed.
            request.IsOver
                && wanted?.Metadata.Generation == request.Generation,
            request.Steps,
            // While an obstacle may pass, a step still runs, so no request for the cluster has succeeded.
            operation =>
                OperationOutcome.Of(
                    operation,
                    wanted,
                    isReady && !request.IsClusterChanging && (request.IsOver || request.Obstacle is null),
                    progress
                ),
            cancellationToken
        );
        ConvergenceReport.Count(ended, wanted?.Metadata.CreatedAt);
        if (wanted is not null)
        {
            // Also while it continues: a convergence may wait for Azure for hours.
            ClusterInstruments.CountExposures(request.Cluster.Key, counts, resync.Of(wanted.Spec));
        }

        if (request.IsOver)
        {
            await log.ObserveAsync(request.Cluster, request.Change, cancellationToken);
            var outcome =
                request.Obstacle is not null ? ConvergenceOutcome.Blocked
                : isReady && counts.Ready == progress.Count ? ConvergenceOutcome.Ready
                : ConvergenceOutcome.NotReady;
            ConvergenceReport.End(logger, request.Cluster, request.Began, outcome, time.GetUtcNow(), ended);
        }
        else
        {
            ConvergenceReport.GoOn(logger, request, ended);
        }

        return isReady && counts.Ready == progress.Count;
    }

    private static ExposureProgress ProgressOf(Metadata exposure, ResourceStatus after) =>
        exposure.DeletedAt is not null ? ExposureProgress.Leaving
        : after.IsTrue(ConditionTypes.Ready) && after.ObservedGeneration >= exposure.Generation ? ExposureProgress.Ready
        : ExposureProgress.NotReady;

    private ResourceStatus Conclude(Resource<ExposureSpec> exposure, EndRequest request)
    {
        var now = time.GetUtcNow();
        return exposure.Metadata.DeletedAt is not null
            ? Conclusion.BlockRemoval(NamedExposure.Of(exposure), request.Obstacle, now)
            : Conclusion.Draw(
                Conclusion.Block(exposure.Status, ConditionTypes.OfExposure, request, exposure.Metadata.Generation, now),
                now
            );
    }
}

/// <param name="Change">The change number that the convergence worked from.</param>
/// <param name="BeganWith">The change number with which it began.</param>
/// <param name="Obstacle">The condition at which it stopped; null when it finished.</param>
/// <param name="IsOver">False when it continues; only the operations that have succeeded end then.</param>
/// <param name="Began">When the convergence began.</param>
public sealed record EndRequest(
    ClusterId Cluster,
    long Change,
    long BeganWith,
    long Generation,
    IReadOnlyList<Step> Steps,
    Obstacle? Obstacle,
    bool IsOver,
    DateTimeOffset Began
)
{
    /// <summary>
    /// Whether a request for the cluster has not succeeded yet: a step of the cluster waits, or objects of a previous strategy may remain.
    /// </summary>
    public bool IsClusterChanging { get; init; }

    internal static EndRequest Of(ConvergenceStart start, Obstacle? obstacle) =>
        new(start.Cluster, start.Change, start.Change, start.Generation, [], obstacle, IsOver: true, start.Began);
}
