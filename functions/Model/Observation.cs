using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>The observation of a step: the part of a <see cref="Condition"/> that does not depend on earlier observations.</summary>
public sealed record Observation(ConditionStatus Status, string Reason, string Message)
{
    /// <summary>Whether a fault prevented the observation.</summary>
    [JsonIgnore]
    public bool IsUnobserved => Status == ConditionStatus.Unknown && Reasons.IsFault(Reason);

    public static Observation True(string reason, string message) => new(ConditionStatus.True, reason, message);

    public static Observation False(string reason, string message) => new(ConditionStatus.False, reason, message);

    public static Observation Unknown(string reason, string message) => new(ConditionStatus.Unknown, reason, message);

    /// <summary>
    /// The observation for a condition that depends on this one, which is not True: Unknown, with the fault or condition that is the root
    /// cause.
    /// </summary>
    /// <param name="type">The condition type of this observation.</param>
    public Observation DependentOn(string type) =>
        IsUnobserved || Reason is Reasons.Blocked or Reasons.Waiting
            ? Unknown(Reason, Message)
            : Unknown(Status == ConditionStatus.Unknown ? Reasons.Waiting : Reasons.Blocked, $"{type} is {Status}: {Message}");
}

/// <summary>
/// The result of a step: it observed, applied the missing changes, and reports whether the desired state is reached. A step is idempotent,
/// so it can run again after any crash.
/// </summary>
/// <param name="Wait">Whether to run the step again later; otherwise the observation is final for this convergence.</param>
/// <param name="RetryAfter">The time that the service told MeshPort to wait.</param>
/// <param name="Memo">Passed to the next run of the step; never a secret.</param>
/// <param name="Serves">
/// Whether the later steps can be reached although this one is not: the cluster runs and serves ports, and differs from the spec; or the
/// exposure's workload has a ready pod, and lacks others.
/// </param>
public sealed record StepResult(Observation Observation, bool Wait, TimeSpan? RetryAfter = null, string? Memo = null, bool Serves = false)
{
    /// <summary>The answer to an input that names an older generation of the spec.</summary>
    internal static readonly StepResult SpecChanged = Done(
        Observation.Unknown(Reasons.Blocked, "The spec has changed; the next convergence uses the new one.")
    );

    public static StepResult Done(Observation observation, string? memo = null) => new(observation, Wait: false, Memo: memo);

    public static StepResult AskAgain(string reason, string message, TimeSpan? retryAfter = null, string? memo = null) =>
        new(Observation.Unknown(reason, message), Wait: true, retryAfter, memo);

    /// <summary>The result of a step whose write has failed. It waits when the API server may accept the write later.</summary>
    internal static StepResult OfWrite(Observation refusal) => new(refusal, Wait: refusal.Status == ConditionStatus.Unknown);

    /// <summary>Asks again when the fault may pass.</summary>
    internal static StepResult Of(Fault fault) => new(fault.Observation, fault.MayPass, fault.RetryAfter);
}

/// <summary>The input of a step.</summary>
/// <param name="Memo">From the previous result.</param>
/// <param name="Generation">The generation of the cluster's spec that the convergence works from.</param>
/// <param name="LastChance">Whether the deadline is over, so that the step reports an unreached state as failed.</param>
/// <param name="Blocked">
/// The observation of a step that an earlier one blocks. Then the step changes nothing, and only tells whether the cluster serves.
/// </param>
public sealed record StepInput(ClusterId Cluster, long Generation, string? Memo, bool LastChance, Observation? Blocked = null);
