using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>One step of a convergence.</summary>
/// <param name="Step">Its name in operations.</param>
/// <param name="Activity">The activity that observes, plans and applies.</param>
/// <param name="Interval">Between two looks, where the service does not say.</param>
internal sealed record ConvergenceStep(string Step, string Activity, TimeSpan Deadline, TimeSpan Interval)
{
    /// <summary>For unexpected exceptions only; expected errors come back as a report. Three tries, 5 s and 10 s apart.</summary>
    internal static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(3, TimeSpan.FromSeconds(5), 2));

    /// <summary>Calls the activity until it reports an end or the deadline is over; in between, durable timers.</summary>
    /// <param name="question">The input, given the memo of the report before and whether this is the last chance.</param>
    /// <param name="attempted">Called after each look with its report.</param>
    public async Task<StepResult> ReachAsync<TQuestion>(
        TaskOrchestrationContext context,
        Func<string?, bool, TQuestion> question,
        Func<StepResult, Task> attempted
    )
    {
        var deadline = context.CurrentUtcDateTime + Deadline;
        string? memo = null;
        StepResult report;
        bool lastChance;
        do
        {
            lastChance = context.CurrentUtcDateTime >= deadline;
            report = await AskAsync(context, Activity, question(memo, lastChance));
            await attempted(report);
            memo = report.Memo ?? memo; // a fault says nothing of what was done before
            if (report.Wait && !lastChance)
            {
                await context.CreateTimer(
                    Earlier(report.RetryAfter ?? Interval, deadline - context.CurrentUtcDateTime),
                    CancellationToken.None
                );
            }
        } while (report.Wait && !lastChance);

        return report.Observation.IsUnobserved ? StepResult.Done(report.Observation, memo)
            : report.Wait
                ? StepResult.Done(
                    Observation.False(
                        Reasons.DeadlineExceeded,
                        $"Not reached within {Deadline.TotalMinutes:0} minutes. Last seen: {report.Observation.Message} "
                            + "The next resync looks again."
                    ),
                    memo
                )
            : report with { Memo = memo };
    }

    /// <summary>Calls an activity once. An exception that its retries do not help is reported as a failure.</summary>
    public static async Task<StepResult> AskAsync<TQuestion>(TaskOrchestrationContext context, string activity, TQuestion question)
    {
        try
        {
            return await context.CallActivityAsync<StepResult>(activity, question, Retry);
        }
        catch (TaskFailedException failure)
        {
            return StepResult.Done(Unexpected(activity, failure));
        }
    }

    internal static Observation Unexpected(string activity, TaskFailedException failure) =>
        Observation.False(
            Reasons.InternalError,
            $"{activity} failed unexpectedly: {Failure.Tell(failure.FailureDetails)} MeshPort tries again. Report this if it stays."
        );

    private static TimeSpan Earlier(TimeSpan wanted, TimeSpan remaining) =>
        remaining > TimeSpan.Zero && remaining < wanted ? remaining : wanted;
}
