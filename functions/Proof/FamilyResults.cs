using MeshPort.Model;

namespace MeshPort.Proof;

/// <summary>
/// The result of one port from the results of its addresses, pure. Clients use the family that they have, so each address must be proven.
/// <code>
/// addresses              | result
/// -----------------------+------------------------------------------------------------------------
/// only one               | its result
/// all are True           | that of the first, with all messages
/// one is not True        | that of the worst, with the messages of all that are not True; a message
///                        | names its family unless all families have the same one
/// </code>
/// </summary>
internal static class FamilyResults
{
    /// <param name="results">By address; at least one.</param>
    public static StepResult Merge(IReadOnlyList<(string? Address, StepResult Result)> results)
    {
        if (results.Count == 1)
        {
            return results[0].Result;
        }

        var failed = results.Where(one => !IsTrue(one)).ToList();
        if (failed.Count == 0)
        {
            return With(results[0].Result, string.Join(' ', results.Select(one => one.Result.Observation.Message)));
        }

        var worst = failed.MinBy(one => PortResults.Rank(one.Result)).Result;
        return failed.Count == results.Count && failed.TrueForAll(one => one.Result.Observation.Message == worst.Observation.Message)
            ? worst
            : With(worst, string.Join(' ', failed.Select(Tell).Concat(results.Where(IsTrue).Select(one => $"{Family(one)} works."))));
    }

    private static string Tell((string? Address, StepResult Result) one) => $"Over {Family(one)}: {one.Result.Observation.Message}";

    private static IpFamily Family((string? Address, StepResult Result) one) => IpFamilies.Of(one.Address ?? "");

    private static bool IsTrue((string? Address, StepResult Result) one) => one.Result.Observation.Status == ConditionStatus.True;

    private static StepResult With(StepResult result, string message) =>
        result with
        {
            Observation = result.Observation with { Message = message },
        };
}
