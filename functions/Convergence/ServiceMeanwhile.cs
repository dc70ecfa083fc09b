using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>
/// Serves the exposures of a running cluster while the convergence waits for one of its steps, orchestrator code. An upgrade of the cluster
/// may take an hour, and dropped ports do not wait for its end.
/// </summary>
internal sealed class ServiceMeanwhile(TaskOrchestrationContext context, ConvergenceStart start)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private readonly FaultWatch _faults = new(context.CurrentUtcDateTime);
    private DateTime _last = context.CurrentUtcDateTime;
    private long _change = start.Change;

    /// <summary>After each attempt of the step: one pass over the exposures in a minute.</summary>
    /// <param name="steps">Of the convergence, for the operations that end meanwhile.</param>
    public async Task ServeAsync(StepResult seen, IReadOnlyList<Step> steps)
    {
        if (seen is not { Wait: true, Serves: true } || seen.Observation.IsUnobserved || context.CurrentUtcDateTime - _last < Interval)
        {
            return;
        }

        var pass = await ConvergeExposures.PassAsync(context, PassInput.Of(start, context.InstanceId, _change, isLast: false));
        (_last, _change) = (context.CurrentUtcDateTime, pass.Change);
        var hasLasted = _faults.HasLasted(pass.Obstacle?.Observation, context.CurrentUtcDateTime, pass.Obstacle?.Condition ?? "");
        if (pass.Obstacle is not null && !hasLasted)
        {
            return; // a pass with a fault tells nothing of the exposures
        }

        var report = EndRequest.Of(start, pass.Obstacle) with { Change = _change, Steps = steps, IsOver = false, IsClusterChanging = true };
        await context.CallActivityAsync<bool>(nameof(EndConvergence), report, ConvergenceSteps.Bookkeeping);
    }
}
