using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>Records the condition of one step while a convergence waits for it, orchestrator code.</summary>
/// <param name="since">The time of the first attempt to observe the step.</param>
internal sealed class StepWatch(TaskOrchestrationContext context, ConvergenceStart start, string condition, DateTime since)
{
    private readonly FaultWatch _faults = new(since);
    private string _reason = "";

    /// <summary>After each attempt: records a new reason, and a fault that lasts in all conditions that depend on the step.</summary>
    /// <param name="steps">Of the convergence, for the operations that end meanwhile.</param>
    public async Task SeeAsync(StepResult seen, IReadOnlyList<Step> steps)
    {
        if (_faults.HasLasted(seen.Observation, context.CurrentUtcDateTime))
        {
            await RecordAsync(seen.Observation, isKnown: true);
            var pause = EndRequest.Of(start, new Obstacle(condition, seen.Observation)) with { Steps = steps, IsOver = false };
            await context.CallActivityAsync<bool>(nameof(EndConvergence), pause, ConvergenceSteps.Bookkeeping);
        }
        else if (seen.Wait && seen.Observation.Reason != _reason)
        {
            await RecordAsync(seen.Observation, isKnown: false);
        }

        _reason = seen.Observation.Reason;
    }

    /// <param name="isKnown">False while the step waits: the observation may change at the next look.</param>
    public Task RecordAsync(Observation observation, bool isKnown) =>
        context.CallActivityAsync(
            nameof(RecordCondition),
            new ObservedCondition(start.Cluster, condition, observation, start.Generation, isKnown),
            ConvergenceSteps.Bookkeeping
        );
}
