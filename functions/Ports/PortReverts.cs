using MeshPort.Model;

namespace MeshPort.Ports;

/// <summary>
/// How often the add-on has removed a port from its Service, and what to do about it. Pure.
/// <code>
/// removals within an hour | the port's result | result
/// ------------------------+-------------------+--------------------
/// fewer than 3            | any               | the same
/// 3 or more               | True              | True, PortReverted
/// 3 or more               | any other         | the same
/// </code>
/// </summary>
internal static class PortReverts
{
    private const int Often = 3;
    private static readonly TimeSpan Within = TimeSpan.FromHours(1);

    /// <summary>Whether the condition says that the port is often removed, so that the count is needed again.</summary>
    public static bool IsMarked(NamedExposure exposure) => exposure.Status.Find(ConditionTypes.PortOpen)?.Reason == Reasons.PortReverted;

    /// <param name="history">The history of the exposure.</param>
    /// <param name="isReverted">Whether this pass has seen one more.</param>
    /// <returns>The number of reverts within the last hour.</returns>
    public static int Count(IEnumerable<HistoryEntry> history, bool isReverted, DateTimeOffset now) =>
        history.Count(entry => entry.Type == HistoryTypes.PortReverted && now - entry.At < Within) + (isReverted ? 1 : 0);

    public static StepResult Advise(StepResult result, int count) =>
        count >= Often && result.Observation.Status == ConditionStatus.True
            ? result with
            {
                Observation = Observation.True(
                    Reasons.PortReverted,
                    $"{result.Observation.Message} The add-on has removed it {count} times within an hour. "
                        + "Use strategy companionService: only MeshPort writes its Services."
                ),
            }
            : result;
}
