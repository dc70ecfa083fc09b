using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>One step of a convergence.</summary>
/// <param name="Step">Its name in operations.</param>
/// <param name="Activity">The activity that observes, plans and applies.</param>
/// <param name="Interval">The time between two attempts, if the service does not name one.</param>
internal sealed record ConvergenceStep(string Step, string Activity, TimeSpan Deadline, TimeSpan Interval)
{
    /// <summary>For unexpected exceptions only; expected errors are results. Three tries, 5 s and 10 s apart.</summary>
    internal static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(3, TimeSpan.FromSeconds(5), 2));

    /// <summary>Calls the activity until it reports an end or the deadline is over; in between, durable timers.</summary>
    /// <param name="question">Makes the input from the memo of the previous result, and whether this is the last attempt.</param>
    /// <param name="attempted">Called with the result of each attempt.</param>
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
            memo = report.Memo ?? memo; // a fault keeps the memo of earlier attempts
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
                ? report with
                {
                    Wait = false,
                    Memo = memo,
                    RetryAfter = null,
                    Observation = Observation.False(
                        Reasons.DeadlineExceeded,
                        $"Not reached within {Deadline.TotalMinutes:0} minutes. Last seen: {report.Observation.Message} "
                            + "The next resync tries again."
                    ),
                }
            : report with { Memo = memo };
    }

    /// <summary>Calls an activity once. An exception that remains after its retries becomes a failure.</summary>
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
            $"{activity} failed unexpectedly: {Failure.Tell(failure.FailureDetails)} MeshPort tries again. Report this if it persists."
        );

    private static TimeSpan Earlier(TimeSpan wanted, TimeSpan remaining) =>
        remaining > TimeSpan.Zero && remaining < wanted ? remaining : wanted;
}
