using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>
/// Draws conclusions from the observed conditions: <c>Ready</c>, and the conditions that an obstacle made unobservable. Pure.
/// </summary>
internal static class Conclusion
{
    /// <summary>Conditions after the obstacle are Unknown. An obstacle of the cluster comes before all conditions of an exposure.</summary>
    public static ResourceStatus Block(
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
        var isOfCluster = ConditionTypes.OfCluster.Contains(obstacle.Condition);
        var unseen = (isOfCluster, pipeline == ConditionTypes.OfCluster) switch
        {
            (true, true) => pipeline
                .SkipWhile(type => type != obstacle.Condition)
                .Skip(1)
                .Concat(status.Find(ConditionTypes.ServicesDiscovered) is null ? [] : [ConditionTypes.ServicesDiscovered]),
            (true, false) => pipeline.Where(type => type != ConditionTypes.Accepted),
            (false, true) => [],
            (false, false) => pipeline.SkipWhile(type => type != obstacle.Condition),
        };
        // Features and network are observed side by side, so the network keeps its own observation.
        var beside = obstacle.Condition == ConditionTypes.FeaturesRegistered ? ConditionTypes.NetworkReady : null;
        return unseen
            .Where(type => type != ConditionTypes.Ready && type != beside)
            .Select(type => (Type: type, Observation: type == obstacle.Condition ? obstacle.Observation : dependent))
            .Aggregate(status, (current, one) => current.With(one.Type, one.Observation, generation, now));
    }

    /// <summary><c>Ready</c> counts for the oldest generation of its conditions, since the spec may have changed since.</summary>
    public static ResourceStatus Draw(ResourceStatus status, DateTimeOffset now)
    {
        var generation = status
            .Conditions.Where(condition => condition.Type != ConditionTypes.Ready)
            .Min(condition => condition.ObservedGeneration);
        return status.With(ConditionTypes.Ready, Readiness.Of(status), generation, now) with { ObservedGeneration = generation };
    }

    /// <summary>Whether <c>Ready</c> follows from the other conditions already.</summary>
    public static bool IsDrawn(ResourceStatus status, DateTimeOffset now) => Draw(status, now) == status;

    /// <summary>The status of an exposure that is being removed.</summary>
    /// <param name="gone">The conditions whose objects are gone.</param>
    /// <param name="found">The observation of the first objects that remain.</param>
    public static ResourceStatus Removed(NamedExposure exposure, IReadOnlyList<string> gone, Observation found, DateTimeOffset now)
    {
        var removed = Observation.False(Reasons.Removed, "Removed, since the exposure is being removed.");
        var status = gone.Aggregate(exposure.Status, (next, condition) => next.With(condition, removed, exposure.Generation, now));
        var left = ExposurePass.Conditions.Reverse().Where(condition => !gone.Contains(condition)).ToList();
        status = (left, found) switch
        {
            ([], _) or (_, { Status: ConditionStatus.True }) => status,
            _ when found.IsUnobserved || found.Reason is Reasons.Blocked or Reasons.Waiting => left.Aggregate(
                status,
                (next, condition) => next.With(condition, found, exposure.Generation, now)
            ),
            ([var first, .. var later], _) => later
                .Where(condition => status.Find(condition) is { Status: ConditionStatus.Unknown })
                .Aggregate(
                    status.With(first, found, exposure.Generation, now),
                    (next, condition) =>
                        next.With(
                            condition,
                            Observation.Unknown(Reasons.Pending, $"It is removed after {first}."),
                            exposure.Generation,
                            now
                        )
                ),
        };
        return status.With(ConditionTypes.Ready, removed, exposure.Generation, now);
    }

    /// <summary>The status of an exposure that is being removed when an obstacle kept the passes from it.</summary>
    public static ResourceStatus BlockRemoval(NamedExposure exposure, Obstacle? obstacle, DateTimeOffset now)
    {
        if (
            obstacle is null
            || (ConditionTypes.OfExposure.Contains(obstacle.Condition) && obstacle.Condition != ExposurePass.Conditions[0])
        )
        {
            return exposure.Status; // its own pass has recorded what remains
        }

        var gone = ExposurePass.Conditions.Where(condition => exposure.Status.Find(condition)?.Reason == Reasons.Removed);
        return Removed(exposure, [.. gone], obstacle.Observation.DependentOn(obstacle.Condition), now);
    }
}
