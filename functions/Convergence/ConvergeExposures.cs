using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>
/// The part of a convergence that reaches the exposures, orchestrator code: pass after pass, until nothing waits or the deadline is over. A
/// slow or broken exposure holds up no other, and an exposure that is requested meanwhile joins the next pass. Steady requests do not keep
/// a convergence running: the next one continues, and looks at the cluster first.
/// </summary>
internal static class ConvergeExposures
{
    private const double Backoff = 1.5;

    /// <summary>
    /// The smallest number of passes. A first pass over many exposures may take long, and later passes observe its changes before they
    /// count as failed.
    /// </summary>
    private const int LeastPasses = 3;

    /// <summary>How long requests can postpone the end of a convergence, and so the next look at the cluster itself.</summary>
    private static readonly TimeSpan Turn = 2 * ConvergenceSteps.ExposuresDeadline;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <param name="since">When the first observation of the exposures began.</param>
    /// <returns>
    /// The end of the convergence, and whether a pass has recorded it already. An end that is not over leaves the rest to the next
    /// convergence.
    /// </returns>
    public static async Task<(EndRequest End, PassResult Last)> RunAsync(
        TaskOrchestrationContext context,
        Progress progress,
        ConvergenceStart start,
        DateTime since
    )
    {
        var end = EndRequest.Of(start, null);
        var endOfTurn = context.CurrentUtcDateTime + Turn;
        var (began, most) = (context.CurrentUtcDateTime, ConvergenceSteps.ExposuresDeadline);
        var pause = FirstPause;
        var faults = new FaultWatch(since);
        for (var count = 1; ; count++)
        {
            var isLast = count >= LeastPasses && context.CurrentUtcDateTime >= began + most;
            var pass = await PassAsync(context, PassInput.Of(start, context.InstanceId, end.Change, isLast));
            Track(progress, pass);
            if (pass.Change != end.Change)
            {
                end = end with { Change = pass.Change };
                (began, most) = (context.CurrentUtcDateTime, ConvergenceSteps.ExposuresDeadline);
                (pause, count) = (FirstPause, 1);
            }

            if (pass.WaitsForLoadBalancer)
            {
                most = ConvergenceSteps.LoadBalancerDeadline;
            }
            else if (most == ConvergenceSteps.LoadBalancerDeadline)
            {
                // The load balancer works now. The firewall and the probe need their own time.
                most = context.CurrentUtcDateTime - began + ConvergenceSteps.ExposuresDeadline;
            }

            var hasLasted = faults.HasLasted(pass.Obstacle?.Observation, context.CurrentUtcDateTime, pass.Obstacle?.Condition ?? "");
            if (!pass.Waits)
            {
                return (end with { Obstacle = pass.Obstacle, IsClusterChanging = pass is { ChangesStrategy: true, IsLast: true } }, pass);
            }

            // A request for an exposure that is ready does not wait for the other exposures. A pass with a fault tells nothing of them.
            if (pass.Obstacle is null || hasLasted)
            {
                var report = end with
                {
                    Steps = progress.Steps,
                    Obstacle = pass.Obstacle,
                    IsOver = false,
                    IsClusterChanging = pass.ChangesStrategy,
                };
                if (end.Change != start.Change && context.CurrentUtcDateTime >= endOfTurn)
                {
                    return (report, pass); // the change is not observed yet, so the keeper converges again at once
                }

                await context.CallActivityAsync<bool>(nameof(EndConvergence), report, ConvergenceSteps.Bookkeeping);
            }

            await context.CreateTimer(faults.Limit(pause, context.CurrentUtcDateTime), CancellationToken.None);
            pause = Min(pause * Backoff, LongestPause);
        }
    }

    /// <summary>Runs a pass. An exception that remains after its retries is an obstacle.</summary>
    public static async Task<PassResult> PassAsync(TaskOrchestrationContext context, PassInput input)
    {
        try
        {
            return await context.CallActivityAsync<PassResult>(nameof(PassExposures), input, ConvergenceStep.Retry);
        }
        catch (TaskFailedException failure)
        {
            var observation = ConvergenceStep.Unexpected(nameof(PassExposures), failure);
            var obstacle = new Obstacle(ConditionTypes.WorkloadReady, observation);
            var summary = new StepSummary(ConvergenceSteps.Of(obstacle.Condition), StepResult.Done(observation), IsWhole: true);
            return PassResult.Nothing(input.Change) with { Steps = [summary], Obstacle = obstacle, Removal = StepResult.Done(observation) };
        }
    }

    private static void Track(Progress progress, PassResult pass)
    {
        if (pass.Removal is { } removal)
        {
            progress.Start(ConvergenceSteps.Removal);
            progress.Attempt(ConvergenceSteps.Removal, removal.Observation.Message);
            if (!removal.Wait || pass.IsLast)
            {
                progress.End(ConvergenceSteps.Removal, removal.Observation);
            }
        }

        var waits = false;
        foreach (var (step, result, isWhole) in pass.Steps)
        {
            if (waits && !isWhole && result is { Wait: false, Observation.Reason: Reasons.SomeNotReady })
            {
                continue; // an earlier step that waits blocks it; a later pass reports it
            }

            progress.Attempt(step, result.Observation.Message);
            if (progress.HasSucceeded(step) && result.Observation.Status == ConditionStatus.True)
            {
                continue; // it keeps the time at which it succeeded first
            }

            progress.Start(step);
            if (result.Wait && !pass.IsLast)
            {
                waits = true;
            }
            else
            {
                progress.End(step, result.Observation);
            }
        }
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
