namespace MeshPort.Convergence;

/// <summary>The message of a failed activity or sub-orchestration.</summary>
internal static class Failure
{
    /// <summary>
    /// Azure Functions wraps an exception of a function in an <see cref="AggregateException"/>, whose message has no details.
    /// </summary>
    public static string Tell(TaskFailureDetails failure) =>
        failure.InnerFailure is { } inner && failure.ErrorType == typeof(AggregateException).FullName ? Tell(inner) : failure.ErrorMessage;
}
