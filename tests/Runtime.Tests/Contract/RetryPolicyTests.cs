namespace MeshPort.Runtime.Tests.Contract;

public sealed class RetryPolicyTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void What_is_not_given_has_the_documented_default()
    {
        var policy = new RetryPolicy(3, Second);
        Assert.Equal((3, Second, 1d, TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan), (policy.MaxNumberOfAttempts, policy.FirstRetryInterval, policy.BackoffCoefficient, policy.MaxRetryInterval, policy.RetryTimeout));
        Assert.True(policy.Handle(new TaskFailedException("Work", 1, new TimeoutException())));
    }

    [Theory]
    [InlineData(0, 1, 1, null, null, "maxNumberOfAttempts")]
    [InlineData(-1, 1, 1, null, null, "maxNumberOfAttempts")]
    [InlineData(1, 0, 1, null, null, "firstRetryInterval")]
    [InlineData(1, -1, 1, null, null, "firstRetryInterval")]
    [InlineData(1, 1, 0.99, null, null, "backoffCoefficient")]
    [InlineData(1, 2, 1, 1, null, "maxRetryInterval")]
    [InlineData(1, 2, 1, null, 1, "retryTimeout")]
    public void A_value_that_makes_no_sense_is_out_of_range(int attempts, int first, double coefficient, int? max, int? timeout, string parameter)
    {
        var exception = Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(attempts, Second * first, coefficient, max * Second, timeout * Second));
        Assert.Equal(parameter, exception.ParamName);
    }

    [Fact]
    public void An_infinite_interval_and_timeout_are_allowed()
    {
        var policy = new RetryPolicy(1, Second, 1, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Assert.Equal(Timeout.InfiniteTimeSpan, policy.MaxRetryInterval);
        Assert.Equal(Second, new RetryPolicy(1, Second, 1, Second, Second).RetryTimeout);
    }

    [Fact]
    public void A_failure_filter_sees_the_details_of_the_failure()
    {
        var policy = new RetryPolicy(3, Second) { HandleFailure = failure => failure.IsCausedBy<TimeoutException>() };
        Assert.True(policy.Handle(new TaskFailedException("Work", 1, new TimeoutException())));
        Assert.False(policy.Handle(new TaskFailedException("Work", 1, new InvalidOperationException())));
        Assert.Throws<InvalidOperationException>(() => policy.Handle(new TimeoutException()));
    }

    [Fact]
    public async Task Retry_options_hold_a_policy_or_a_handler()
    {
        var policy = new RetryPolicy(2, Second);
        Assert.Same(policy, ((TaskRetryOptions)policy).Policy);
        Assert.Null(((TaskRetryOptions)policy).Handler);

        RetryHandler handler = context => context.LastAttemptNumber < 3;
        var options = TaskOptions.FromRetryHandler(handler).Retry;
        Assert.Null(options?.Policy);
        var asked = Assert.IsType<AsyncRetryHandler>(options?.Handler);
        var failure = TaskFailureDetails.FromException(new TimeoutException());
        Assert.True(await asked(new MeshPort.Runtime.Contract.DurableTask.RetryContext(new VersionedContext(""), 2, failure, Second, TestContext.Current.CancellationToken)));
        Assert.False(await asked(new MeshPort.Runtime.Contract.DurableTask.RetryContext(new VersionedContext(""), 3, failure, Second, TestContext.Current.CancellationToken)));
        Assert.Throws<ArgumentNullException>(() => new TaskRetryOptions((RetryPolicy)null!)); // what a caller without nullability can do
    }
}
