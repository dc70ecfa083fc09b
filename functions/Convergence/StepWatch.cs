using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>Records the condition of one step while a convergence waits for it, orchestrator code.</summary>
/// <param name="since">The time of the first attempt to observe the step.</param>
internal sealed class StepWatch(TaskOrchestrationContext context, ConvergenceStart start, string condition, DateTime since)
{
    /// <summary>The conditions whose steps tell whether the cluster serves.</summary>
    private static readonly string[] OfService = [ConditionTypes.ClusterReady, ConditionTypes.MeshReady, ConditionTypes.GatewayReady];

    private readonly FaultWatch _faults = new(since);
    private string _reason = "";
    private bool _leavesTrue;

    /// <summary>
    /// After each attempt: records a new reason, and a fault that lasts in all conditions that depend on the step. A cluster that does not
    /// serve while the step waits is such a fault: nothing observes what the conditions state.
    /// </summary>
    /// <param name="steps">Of the convergence, for the operations that end meanwhile.</param>
    public async Task SeeAsync(StepResult seen, IReadOnlyList<Step> steps)
    {
        if (!await SeeFaultAsync(seen, steps) && IsNewReason(seen))
        {
            _leavesTrue |= await RecordAsync(seen.Observation, isKnown: false) && OfService.Contains(condition);
        }

        _reason = seen.Observation.Reason;
    }

    /// <summary>After each attempt of a step that removes what the conditions state: each reason to wait holds for all of them.</summary>
    /// <inheritdoc cref="SeeAsync" path="/param"/>
    public async Task SeeRemovalAsync(StepResult seen, IReadOnlyList<Step> steps)
    {
        if (!await SeeFaultAsync(seen, steps) && !seen.Observation.IsUnobserved && IsNewReason(seen))
        {
            await BlockAsync(seen.Observation, steps);
        }

        _reason = seen.Observation.Reason;
    }

    /// <summary>After each attempt: records a fault that lasts in all conditions that depend on the step.</summary>
    /// <inheritdoc cref="SeeAsync" path="/param"/>
    /// <returns>Whether it recorded one.</returns>
    public async Task<bool> SeeFaultAsync(StepResult seen, IReadOnlyList<Step> steps)
    {
        var hasLasted = _faults.HasLasted(
            seen.Observation,
            context.CurrentUtcDateTime,
            condition,
            hides: _leavesTrue && seen is { Wait: true, Serves: false }
        );
        if (hasLasted)
        {
            await BlockAsync(seen.Observation, steps);
        }

        return hasLasted;
    }

    /// <summary>
    /// After a look that only tells whether the cluster serves: records in all conditions that depend on the step that it does not, since
    /// nothing observes what they state.
    /// </summary>
    /// <inheritdoc cref="SeeAsync" path="/param"/>
    public async Task SeeServiceAsync(StepResult seen, IReadOnlyList<Step> steps)
    {
        if (_faults.HasLasted(seen.Serves ? null : seen.Observation, context.CurrentUtcDateTime, condition, hides: !seen.Serves))
        {
            await BlockAsync(seen.Observation, steps);
        }
    }

    /// <param name="isKnown">False while the step waits: the observation may change at the next look.</param>
    /// <returns>Whether the condition, or one of the cluster that depends on it, stays True.</returns>
    public Task<bool> RecordAsync(Observation observation, bool isKnown) =>
        context.CallActivityAsync<bool>(
            nameof(RecordCondition),
            new ObservedCondition(start.Cluster, condition, observation, start.Generation, isKnown),
            ConvergenceSteps.Bookkeeping
        );

    private bool IsNewReason(StepResult seen) => seen.Wait && seen.Observation.Reason != _reason;

    private async Task BlockAsync(Observation observation, IReadOnlyList<Step> steps)
    {
        await RecordAsync(observation, isKnown: true);
        var pause = EndRequest.Of(start, new Obstacle(condition, observation)) with { Steps = steps, IsOver = false };
        await context.CallActivityAsync<bool>(nameof(EndConvergence), pause, ConvergenceSteps.Bookkeeping);
    }
}
