namespace MeshPort.Model;

/// <summary>Derives <c>Ready</c> from the other conditions, pure.</summary>
internal static class Readiness
{
    /// <summary>Whether a condition is Unknown because MeshPort cannot observe it from its network, which is not a fault.</summary>
    public static bool IsLeftOpen(ConditionStatus status, string reason) =>
        (status, reason) is (ConditionStatus.Unknown, Reasons.NotReachableFromHere);

    /// <summary>
    /// Decided by the first condition that is neither True nor left open:
    /// <code>
    /// condition                         Ready
    /// none                              True
    /// Unknown, a fault                  Unknown, with the fault
    /// Unknown, Blocked                  False
    /// Unknown, in progress              Unknown, with its reason
    /// False                             False, with its reason
    /// </code>
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
            : obstacle is { Status: ConditionStatus.Unknown, Reason: not Reasons.Blocked }
                ? Observation.Unknown(obstacle.Reason, obstacle.Dependent.Message)
            : Observation.False(obstacle.Reason, obstacle.Dependent.Message);
    }
}
