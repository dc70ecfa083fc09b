using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>
/// The part of a convergence that goes over the exposures, orchestrator code: pass after pass along all their stations, until nothing waits or the deadline is
/// over. An exposure that is slow or broken holds up no other, and one that is asked for meanwhile joins the next pass.
/// </summary>
internal static class ConvergeExposures
{
    private const double Backoff = 1.5;

    /// <summary>However long one pass over very many may take: what the first has begun is looked at again before it is said to have failed.</summary>
    private const int LeastPasses = 3;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <returns>How the convergence ends.</returns>
    public static async Task<EndRequest> RunAsync(TaskOrchestrationContext context, Progress progress, ConvergenceStart start)
    {
        var end = EndRequest.Of(start, null);
        var deadline = context.CurrentUtcDateTime + ConvergenceSteps.ExposuresDeadline;
        var pause = FirstPause;
        var faults = new FaultWatch(context.CurrentUtcDateTime);
        for (var pass = 1; ; pass++)
        {
            var joined = await context.CallActivityAsync<ConvergenceStart?>(
                nameof(BeginConvergence),
                new BeginRequest(start.Cluster, context.InstanceId, start.Generation),
                ConvergenceSteps.Bookkeeping
            );
            if (joined is not null && joined.Change != end.Change)
            {
                end = end with { Change = joined.Change };
                (deadline, pause, pass) = (context.CurrentUtcDateTime + ConvergenceSteps.ExposuresDeadline, FirstPause, 1);
            }

            // Where the cluster's own spec is another now, the next convergence has to begin with that.
            var lastChance = joined is null || (pass >= LeastPasses && context.CurrentUtcDateTime >= deadline);
            var question = new StepInput(start.Cluster, start.Generation, null, lastChance);
            var withdrawalWaits = joined?.ExposuresLeave == true && await WithdrawAsync(context, progress, question, joined.Change);
            var (waits, obstacle) = await PassAsync(context, progress, question);
            waits |= withdrawalWaits;
            var hasLasted = faults.HasLasted(obstacle?.Observation, context.CurrentUtcDateTime);
            if (!waits || lastChance)
            {
                return end with { Obstacle = obstacle };
            }

            // Whoever waits for an exposure that is ready need not wait for the others.
            var report = end with
            {
                Steps = progress.Steps,
                Obstacle = hasLasted ? obstacle : null,
                IsOver = false,
            };
            await context.CallActivityAsync<bool>(nameof(EndConvergence), report, ConvergenceSteps.Bookkeeping);
            await context.CreateTimer(pause, CancellationToken.None);
            pause = Min(pause * Backoff, LongestPause);
        }
    }

    /// <returns>Whether something is in the way that may pass.</returns>
    private static async Task<bool> WithdrawAsync(TaskOrchestrationContext context, Progress progress, StepInput question, long change)
    {
        progress.Start(WithdrawExposures.Step);
        var inTheWay = await WithdrawExposures.RunAsync(context, question with { Withdraw = Withdraw.Leaving }, change);
        progress.Attempt(WithdrawExposures.Step, inTheWay?.Observation.Message ?? "");
        if (inTheWay is { Wait: true } && !question.LastChance)
        {
            return true;
        }

        progress.End(
            WithdrawExposures.Step,
            inTheWay?.Observation ?? Observation.True(Reasons.AsDesired, "What was to be removed is gone.")
        );
        return false;
    }

    private static async Task<(bool Waits, Obstacle? Obstacle)> PassAsync(
        TaskOrchestrationContext context,
        Progress progress,
        StepInput question
    )
    {
        var waits = false;
        foreach (var (step, activity, condition) in ConvergenceSteps.Exposures)
        {
            if (!waits)
            {
                progress.Start(step);
            }

            var report = await ConvergenceStep.AskAsync(context, activity, question);
            if (waits && report is { Wait: false, Observation.Reason: Reasons.SomeNotReady })
            {
                continue; // held up by what waits before: a later pass tells
            }

            progress.Start(step);
            progress.Attempt(step, report.Observation.Message);
            var isWhole = report.Observation.Reason is not (Reasons.SomeNotReady or Reasons.SomeWait); // the station's own exception, not one exposure's
            if (report.Wait && !question.LastChance)
            {
                waits = true;
                if (isWhole)
                {
                    return (true, new Obstacle(condition, report.Observation));
                }

                continue;
            }

            progress.End(step, report.Observation);
            if (report.Observation.Status != ConditionStatus.True && isWhole)
            {
                return (false, new Obstacle(condition, report.Observation));
            }
        }

        return (waits, null);
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
