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

    /// <summary>
    /// Waits for the steps before the cluster's own, which do not tell whether the cluster serves: looks once a minute. A new cluster has
    /// nothing to serve. A change of strategy needs the change of the cluster first, so no pass runs before it.
    /// </summary>
    public async Task UntilAsync(Task steps, Progress progress)
    {
        const string Waiting = "MeshPort waits for the features or the network of the cluster.";
        var blocked = Observation.Unknown(Reasons.Waiting, Waiting);
        var input = new StepInput(start.Cluster, start.Generation, null, LastChance: true, blocked);
        var watch = new StepWatch(context, start, ConditionTypes.ClusterReady, context.CurrentUtcDateTime + Interval); // the first look
        while (start is { HasServed: true, Spec.Connection.IsAks: true } && !steps.IsCompleted)
        {
            using var over = new CancellationTokenSource();
            await Task.WhenAny(steps, context.CreateTimer(Interval, over.Token));
            if (steps.IsCompleted)
            {
                over.Cancel();
                break;
            }

            var asked = await ConvergenceStep.AskAsync(context, ConvergenceSteps.Cluster.Activity, input);
            var seen = asked with { Wait = true, Serves = asked.Serves && !start.ChangesStrategy };
            await watch.SeeServiceAsync(seen, progress.Steps);
            await ServeAsync(seen, progress.Steps);
        }

        await steps;
    }

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
