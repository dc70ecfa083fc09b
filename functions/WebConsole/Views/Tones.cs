using MeshPort.Model;

namespace MeshPort.WebConsole.Views;

/// <summary>
/// Whether something works, from its condition, with a word for people. Pure. The first row that fits counts:
/// <code>
/// condition                                    | tone  | word
/// ---------------------------------------------+-------+--------------
/// none, of an earlier generation, or Removed   | grey  | Not known
/// True                                         | green | OK
/// False                                        | red   | Failed
/// Unknown, and the probe has seen the failure  | red   | Fails so far
/// Unknown, a fault, Blocked, or not observable | grey  | Not known
/// Unknown, in progress                         | grey  | Not yet
/// </code>
/// A probe that fails is a fact, although the condition is Unknown until MeshPort stops to wait for a success.
/// </summary>
internal static class Tones
{
    private const string NotKnown = "Not known";

    public static (Tone Tone, string Word) Of(Condition? condition, long generation) =>
        condition is null || condition.ObservedGeneration < generation || condition.Reason == Reasons.Removed ? (Tone.Unknown, NotKnown)
        : condition.Status == ConditionStatus.True ? (Tone.Good, "OK")
        : condition.Status == ConditionStatus.False ? (Tone.Bad, "Failed")
        : IsSeen(condition.Reason) ? (Tone.Bad, "Fails so far")
        : IsUnobservable(condition.Reason) ? (Tone.Unknown, NotKnown)
        : (Tone.Unknown, "Not yet");

    /// <summary>The tone as the name of a style.</summary>
    public static string Class(this Tone tone) => tone.ToString().ToLowerInvariant();

    /// <summary>The tone of a cluster or an exposure as a whole: its condition Ready.</summary>
    public static (Tone Tone, string Word) Of<TSpec>(Resource<TSpec> resource)
    {
        var (tone, word) = Of(resource.Status.Find(ConditionTypes.Ready), resource.Metadata.Generation);
        return (tone, resource.Metadata.DeletedAt is null ? word : "Being deleted");
    }

    /// <summary>Whether a probe, or the lack of an endpoint, has shown that connections fail.</summary>
    private static bool IsSeen(string reason) =>
        reason
            is Reasons.WrongAnswer
                or Reasons.ConnectionRefused
                or Reasons.ConnectionReset
                or Reasons.ConnectionTimedOut
                or Reasons.TlsFailed
                or Reasons.NoReadyEndpoints
                or Reasons.NoReadyGateway;

    /// <summary>Whether the reason says that MeshPort cannot observe the state.</summary>
    public static bool IsUnobservable(string reason) =>
        Reasons.IsFault(reason)
        || reason is Reasons.Blocked or Reasons.NotReachableFromHere or Reasons.IpFamilyNotProven or Reasons.BackendNotProven;
}
