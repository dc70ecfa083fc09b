using Microsoft.DurableTask;
using CoreFailure = DurableTask.Core.FailureDetails;
using CoreTaskFailed = DurableTask.Core.Exceptions.TaskFailedException;

namespace MeshPort.Runtime.Durable;

/// <summary>Converts failures to the forms that the official types expect.</summary>
internal static class Failures
{
    /// <summary>
    /// Returns the details of an exception. <see cref="TaskFailureDetails.FromException"/> alone loses the failure inside a
    /// <see cref="TaskFailedException"/>.
    /// </summary>
    public static TaskFailureDetails Of(Exception exception)
    {
        var inner =
            exception is TaskFailedException failed ? failed.FailureDetails
            : exception.InnerException is { } cause ? Of(cause)
            : null;
        return TaskFailureDetails.FromException(exception) with { InnerFailure = inner };
    }

    /// <summary>
    /// Converts the failure to the exception of DurableTask.Core, the only one that <see cref="RetryPolicy.Handle"/> reads.
    /// </summary>
    public static Exception ForRetryPolicy(TaskFailedException failed) =>
        new CoreTaskFailed(failed.TaskId, failed.TaskId, failed.TaskName, null, failed.Message, null)
        {
            FailureDetails = Core(failed.FailureDetails),
        };

    private static CoreFailure Core(TaskFailureDetails failure)
    {
        var inner = failure.InnerFailure is { } cause ? Core(cause) : null;
        return new CoreFailure(failure.ErrorType, failure.ErrorMessage, failure.StackTrace, inner, isNonRetriable: false);
    }
}
