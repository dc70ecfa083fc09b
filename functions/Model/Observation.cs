using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>What a step observed: the part of a <see cref="Condition"/> that does not depend on earlier observations.</summary>
public sealed record Observation(ConditionStatus Status, string Reason, string Message)
{
    /// <summary>Whether a fault kept MeshPort from observing, so that nothing is known.</summary>
    [JsonIgnore]
    public bool IsUnobserved => Status == ConditionStatus.Unknown && Reasons.IsFault(Reason);

    public static Observation True(string reason, string message) => new(ConditionStatus.True, reason, message);

    public static Observation False(string reason, string message) => new(ConditionStatus.False, reason, message);

    public static Observation Unknown(string reason, string message) => new(ConditionStatus.Unknown, reason, message);

    /// <summary>The verdict for a condition that depends on this one, which is not True.
    /// It is Unknown, with the fault or the condition that is the root cause.</summary>
    /// <param name="type">The type of the condition that this was found for.</param>
    public Observation DependentOn(string type) =>
        IsUnobserved || Reason == Reasons.Blocked ? Unknown(Reason, Message) : Unknown(Reasons.Blocked, $"{type} is {Status}: {Message}");
}

/// <summary>
/// The report of a step's activity: it observed, made what was missing, and says whether the step is reached. The activity is idempotent,
/// so it can run again after any crash.
/// </summary>
/// <param name="Wait">Run again later; otherwise the observation is final for this convergence.</param>
/// <param name="RetryAfter">How long the service asked to wait.</param>
/// <param name="Memo">Handed to the next run; never a secret.</param>
public sealed record StepResult(Observation Observation, bool Wait, TimeSpan? RetryAfter = null, string? Memo = null)
{
    /// <summary>The answer to an input that names an older generation of the spec.</summary>
    internal static readonly StepResult SpecChanged = Done(
        Observation.Unknown(Reasons.Blocked, "The spec has changed meanwhile; the next convergence works from the new one.")
    );

    public static StepResult Done(Observation verdict, string? memo = null) => new(verdict, Wait: false, Memo: memo);

    public static StepResult AskAgain(string reason, string message, TimeSpan? retryAfter = null, string? memo = null) =>
        new(Observation.Unknown(reason, message), Wait: true, retryAfter, memo);

    /// <summary>Asks again when the fault may pass.</summary>
    internal static StepResult Of(Fault fault) => new(fault.Observation, fault.MayPass, fault.RetryAfter);
}

/// <summary>The input of a step's activity.</summary>
/// <param name="Memo">From the report before.</param>
/// <param name="Generation">Of the cluster's spec that the convergence works from.</param>
/// <param name="LastChance">The deadline is over: whatever is not reached now is to be reported as failed.</param>
public sealed record StepInput(ClusterId Cluster, long Generation, string? Memo, bool LastChance);
