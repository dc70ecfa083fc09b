namespace MeshPort.Convergence;

/// <summary>What an activity or a sub-orchestration that failed has to say.</summary>
internal static class Failure
{
    /// <summary>Azure Functions hands on what a function throws inside an <see cref="AggregateException"/>, whose own message says no more than that there were errors.</summary>
    public static string Tell(TaskFailureDetails failure) =>
        failure.InnerFailure is { } inner && failure.ErrorType == typeof(AggregateException).FullName ? Tell(inner) : failure.ErrorMessage;
}
