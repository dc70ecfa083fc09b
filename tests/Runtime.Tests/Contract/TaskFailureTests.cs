namespace MeshPort.Runtime.Tests.Contract;

public sealed class TaskFailureTests
{
    [Fact]
    public void Details_of_an_exception_hold_its_inner_exceptions()
    {
        var details = TaskFailureDetails.FromException(Thrown(new InvalidOperationException("boom", new TimeoutException("slow", new FormatException("odd")))));
        Assert.Equal(("System.InvalidOperationException", "boom"), (details.ErrorType, details.ErrorMessage));
        Assert.Contains(nameof(Thrown), details.StackTrace, StringComparison.Ordinal);
        Assert.Equal("System.TimeoutException: slow", details.InnerFailure?.ToString());
        Assert.Equal("System.FormatException: odd", details.InnerFailure?.InnerFailure?.ToString());
        Assert.Null(details.InnerFailure?.InnerFailure?.InnerFailure);
        Assert.Null(details.Properties);
        Assert.Throws<ArgumentNullException>(() => TaskFailureDetails.FromException(null!)); // what a caller without nullability can do
    }

    [Fact]
    public void Details_of_a_failed_task_hold_the_failure_of_the_task_as_the_inner_one()
    {
        var activity = TaskFailureDetails.FromException(new TimeoutException("slow"));
        var details = TaskFailureDetails.FromException(new TaskFailedException("Work", 3, activity));
        Assert.Equal(typeof(TaskFailedException).FullName, details.ErrorType);
        Assert.Equal("Task 'Work' (#3) failed with an unhandled exception: slow", details.ErrorMessage);
        Assert.Equal(activity, details.InnerFailure);
    }

    [Fact]
    public void A_failure_is_caused_by_its_type_and_base_types_but_not_by_inner_ones()
    {
        var details = TaskFailureDetails.FromException(new ArgumentNullException("name", new TimeoutException()));
        Assert.True(details.IsCausedBy<ArgumentNullException>());
        Assert.True(details.IsCausedBy<ArgumentException>());
        Assert.True(details.IsCausedBy<Exception>());
        Assert.True(details.IsCausedBy(typeof(SystemException)));
        Assert.False(details.IsCausedBy<ArgumentOutOfRangeException>());
        Assert.False(details.IsCausedBy<TimeoutException>());
    }

    [Fact]
    public void A_failure_of_a_type_of_ours_or_of_a_package_is_recognised()
    {
        Assert.True(Details(typeof(OddException).FullName).IsCausedBy<OddException>());
        Assert.True(Details(typeof(OddException).FullName).IsCausedBy<InvalidOperationException>());
        Assert.True(Details(typeof(Azure.RequestFailedException).FullName).IsCausedBy<Exception>());
    }

    [Fact]
    public void A_type_that_cannot_be_found_caused_nothing_and_a_type_that_is_no_exception_is_refused()
    {
        Assert.False(Details("(unknown)").IsCausedBy<Exception>());
        Assert.False(Details("Some.Missing.Exception").IsCausedBy<Exception>());
        Assert.False(Details("").IsCausedBy<Exception>());
        Assert.Throws<ArgumentException>(() => Details("x").IsCausedBy(typeof(string)));
        Assert.Throws<ArgumentNullException>(() => Details("x").IsCausedBy(null!)); // what a caller without nullability can do
    }

    [Fact]
    public void A_failed_task_says_which_one_it_was()
    {
        var cause = new InvalidOperationException("boom");
        var failed = new TaskFailedException("Work", 7, cause);
        Assert.Equal("Task 'Work' (#7) failed with an unhandled exception: boom", failed.Message);
        Assert.Equal(("Work", 7, "System.InvalidOperationException"), (failed.TaskName, failed.TaskId, failed.FailureDetails.ErrorType));
        Assert.Same(cause, failed.InnerException);
        Assert.Null(new TaskFailedException("Work", 7, failed.FailureDetails).InnerException);
#pragma warning disable CS0618 // obsolete, and still there
        Assert.True(failed.IsCausedByException<InvalidOperationException>());
        Assert.False(failed.IsCausedByException<Exception>());
#pragma warning restore CS0618
    }

    private static TaskFailureDetails Details(string? type) => new(type ?? "", "boom", null, null, null);

    private static Exception Thrown(Exception exception)
    {
        try
        {
            throw exception;
        }
        catch (Exception caught)
        {
            return caught;
        }
    }

    private sealed class OddException : InvalidOperationException;
}
