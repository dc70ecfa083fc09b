namespace MeshPort.Model;

/// <summary>Derives <c>Ready</c> from the other conditions, pure.</summary>
internal static class Readiness
{
    /// <summary>Whether a condition is Unknown because MeshPort cannot observe it from its network, which is not a fault.</summary>
    public static bool IsLeftOpen(ConditionStatus status, string reason) =>
        (status, reason) is (ConditionStatus.Unknown, Reasons.NotReachableFromHere);

    /// <summary>
    /// True when every other condition is True or left open, Unknown when a fault prevented an observation, otherwise False for the first
    /// obstacle.
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
