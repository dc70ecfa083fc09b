namespace MeshPort.Model;

/// <summary>What a step decided from the spec and its snapshot. The activity carries it out; a dry run only tells it.</summary>
/// <param name="Changes">In the order in which they are made.</param>
/// <param name="Result">What the step reports when every change is made, or when there is none.</param>
/// <param name="DryRun">What a dry run says of the step: its changes, and what stays as it is.</param>
internal sealed record StepPlan<TChange>(IReadOnlyList<TChange> Changes, StepResult Result, IReadOnlyList<PlannedChange> DryRun)
{
    /// <summary>Whether the step is reached and nothing is left to change.</summary>
    public bool IsReached => Changes.Count == 0 && Result is { Wait: false, Observation.Status: ConditionStatus.True };

    /// <summary>A plan that changes nothing.</summary>
    public static StepPlan<TChange> Nothing(StepResult result, params IReadOnlyList<PlannedChange> dryRun) => new([], result, dryRun);

    /// <inheritdoc cref="Nothing(StepResult, IReadOnlyList{PlannedChange})"/>
    public static StepPlan<TChange> Nothing(Observation observation, params IReadOnlyList<PlannedChange> dryRun) =>
        Nothing(StepResult.Done(observation), dryRun);
}
