namespace MeshPort.Model;

/// <summary>The decision of a step from the spec and its snapshot. The activity carries it out; a dry run only reports it.</summary>
/// <param name="Changes">In the order in which they are made.</param>
/// <param name="Result">The report of the step when every change is made or no change is needed.</param>
/// <param name="DryRun">The lines of a dry run about the step: its changes, and the resources that stay as they are.</param>
internal sealed record StepPlan<TChange>(IReadOnlyList<TChange> Changes, StepResult Result, IReadOnlyList<PlannedChange> DryRun)
{
    /// <summary>Whether the step is reached and nothing is left to change.</summary>
    public bool IsReached => Changes.Count == 0 && Result is { Wait: false, Observation.Status: ConditionStatus.True };

    /// <summary>Whether nothing is left to change, and the step does not stop later ones.</summary>
    public bool IsPassed => IsReached || (Changes.Count == 0 && Result is { Wait: false, Serves: true });

    /// <summary>A plan that changes nothing.</summary>
    public static StepPlan<TChange> Nothing(StepResult result, params IReadOnlyList<PlannedChange> dryRun) => new([], result, dryRun);

    /// <inheritdoc cref="Nothing(StepResult, IReadOnlyList{PlannedChange})"/>
    public static StepPlan<TChange> Nothing(Observation observation, params IReadOnlyList<PlannedChange> dryRun) =>
        Nothing(StepResult.Done(observation), dryRun);
}
