namespace MeshPort.Model;

/// <summary>Sums conditions up into <c>Ready</c>, pure.</summary>
internal static class Readiness
{
    /// <summary>Unknown for a stated reason that is not exception: MeshPort cannot see it from where it runs.</summary>
    public static bool IsLeftOpen(ConditionStatus status, string reason) =>
        (status, reason) is (ConditionStatus.Unknown, Reasons.NotReachableFromHere);

    /// <summary>
    /// True when every other condition is True or knowingly left open, Unknown when a fault kept MeshPort from observing,
    /// else False for the first obstacle.
    /// </summary>
    public static Observation Of(ResourceStatus status)
    {
        var obstacle = status.Conditions.FirstOrDefault(condition =>
            condition.Type != ConditionTypes.Ready
            && condition.Status != ConditionStatus.True
            && !IsLeftOpen(condition.Status, condition.Reason)
        );
        return obstacle is null ? Observation.True(Reasons.AsDesired, "Everything is as desired.")
            : obstacle.Dependent is { IsUnobserved: true } unobserved ? unobserved
            : Observation.False(obstacle.Reason, obstacle.Dependent.Message);
    }
}
