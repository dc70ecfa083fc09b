using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>One stretch of the road that a convergence travels.</summary>
/// <param name="Step">Its name in operations.</param>
/// <param name="Activity">The "ensure" activity that looks, acts and reports.</param>
/// <param name="Interval">Between two looks, where the service does not say.</param>
internal sealed record ConvergenceStep(string Step, string Activity, TimeSpan Deadline, TimeSpan Interval)
{
    /// <summary>Only for what is thrown, which is unexpected; expected exception comes back as a report. Three tries, 5 s and 10 s apart.</summary>
    internal static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(3, TimeSpan.FromSeconds(5), 2));

    /// <summary>Asks the activity until it reports an end or the deadline is over; in between, durable timers.</summary>
    /// <param name="question">The question, given the memo of the report before and whether this is the last chance.</param>
    /// <param name="attempted">Told after each look what it said.</param>
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
            memo = report.Memo ?? memo; // exception on the way says nothing of what was done before
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
                        $"Not reached within {Deadline.TotalMinutes:0} minutes. Last seen: {report.Observation.Message} The next resync looks again."
                    ),
                    memo
                )
            : report with { Memo = memo };
    }

    /// <summary>Asks an activity once; what it throws in spite of its retries is reported as a failure.</summary>
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
