using Microsoft.DurableTask;

namespace MeshPort.Runtime.Durable.Replay;

/// <summary>Retries a call by its options. The delay is a durable timer, so a retry survives a restart.</summary>
internal static class Retries
{
    public static async Task<T> RunAsync<T>(
        TaskOrchestrationContext context,
        TaskRetryOptions options,
        Func<Task<T>> call,
        CancellationToken cancellationToken
    )
    {
        var start = context.CurrentUtcDateTime;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (TaskFailedException exception)
            {
                var elapsed = context.CurrentUtcDateTime - start;
                if (options.Handler is { } handler)
                {
                    if (!await handler(new RetryContext(context, attempt, exception.FailureDetails, elapsed, cancellationToken)))
                    {
                        throw;
                    }
                }
                else if (options.Policy is { } policy && NextDelay(policy, attempt, elapsed, exception) is { } delay)
                {
                    await context.CreateTimer(delay, CancellationToken.None);
                }
                else
                {
                    throw;
                }
            }
        }
    }

    /// <returns>Null when the policy gives up.</returns>
    internal static TimeSpan? NextDelay(RetryPolicy policy, int attempt, TimeSpan elapsed, TaskFailedException exception)
    {
        if (
            attempt >= policy.MaxNumberOfAttempts
            || (policy.RetryTimeout != Timeout.InfiniteTimeSpan && elapsed >= policy.RetryTimeout)
            || !policy.Handle(Failures.ForRetryPolicy(exception))
        )
        {
            return null;
        }

        var ticks = policy.FirstRetryInterval.Ticks * Math.Pow(policy.BackoffCoefficient, attempt - 1);
        var cap = policy.MaxRetryInterval == Timeout.InfiniteTimeSpan ? TimeSpan.FromDays(3650) : policy.MaxRetryInterval;
        return ticks >= cap.Ticks ? cap : TimeSpan.FromTicks((long)ticks);
    }
}
