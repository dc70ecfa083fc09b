namespace MeshPort.Model;

/// <summary>
/// The result of an exposure from the results of its ports, pure. The first row that fits counts:
/// <code>
/// ports                        | result
/// -----------------------------+-------------------------------------------------
/// only one                     | its result
/// one is False for good        | that of the first such port, with all other than True
/// one waits                    | the same
/// one is not True              | the same
/// one is left open             | the same; it does not keep Ready from True, so any other comes first
/// all are True                 | that of the first port
/// </code>
/// </summary>
internal static class PortResults
{
    /// <param name="results">In the order of the ports; at least one.</param>
    /// <param name="total">The number of ports of the exposure.</param>
    public static StepResult Merge(IReadOnlyList<(int Port, StepResult Result)> results, int total)
    {
        var worst = results.MinBy(one => Rank(one.Result)).Result;
        var told = worst.Observation.Status == ConditionStatus.True ? results : results.Where(one => !IsTrue(one.Result));
        return worst with { Observation = Tell(worst.Observation, [.. told.Select(one => one.Port)], total) };
    }

    /// <returns>The observation of the first port that has one, with all such ports; null when none has one.</returns>
    public static Observation? Find(NamedExposure exposure, Func<NamedExposure, Observation?> find)
    {
        var parts = exposure.Parts;
        var found = parts.Select(part => (part.Spec.Port, Observation: find(part))).Where(one => one.Observation is not null).ToList();
        return found is [var (_, first), ..] ? Tell(first!, found.ConvertAll(one => one.Port), parts.Count) : null; // just checked
    }

    /// <returns>The text of the first port that has one, with all such ports; null when none has one.</returns>
    public static string? Find(NamedExposure exposure, Func<NamedExposure, string?> find) =>
        Find(exposure, part => find(part) is { } text ? Observation.False("", text) : null)?.Message;

    private static Observation Tell(Observation observation, IReadOnlyCollection<int> ports, int total) =>
        observation with
        {
            Message = Tell(observation.Message, ports, total),
        };

    /// <returns>For people: <c>2 of 101 ports (30005, 30007): MESSAGE</c>.</returns>
    private static string Tell(string message, IReadOnlyCollection<int> ports, int total) =>
        total == 1 ? message
        : ports.Count == total ? $"All {total} ports: {message}"
        : $"{ports.Count} of {total} ports ({PortRange.Tell(ports)}): {message}";

    /// <summary>The lower, the worse.</summary>
    public static int Rank(StepResult result) =>
        IsTrue(result) ? 4
        : Readiness.IsLeftOpen(result.Observation.Status, result.Observation.Reason) ? 3
        : result is { Wait: false, Observation.Status: ConditionStatus.False } ? 0
        : result.Wait ? 1
        : 2;

    private static bool IsTrue(StepResult result) => result.Observation.Status == ConditionStatus.True;
}
