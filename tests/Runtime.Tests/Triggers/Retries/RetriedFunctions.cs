using MeshPort.Runtime.Tests.Triggers.Functions;

namespace MeshPort.Runtime.Tests.Triggers.Retries;

/// <summary>Timers that fail, each on its own schedule.</summary>
internal sealed class RetriedFunctions(Deliveries deliveries)
{
    public const string Never = "0 0 0 29 2 *";

    [Function("Fixed")]
    [FixedDelayRetry(2, "00:00:10")]
    public void Fixed([TimerTrigger(Never, RunOnStartup = true)] TimerInfo timer, FunctionContext context)
    {
        deliveries.Add($"fixed {context.RetryContext.RetryCount} of {context.RetryContext.MaxRetryCount} {timer.IsPastDue}");
        throw new InvalidOperationException("always");
    }
}
