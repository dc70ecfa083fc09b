using MeshPort.Convergence;
using Microsoft.DurableTask;
using Xunit;

namespace MeshPort.Functions.Tests.Convergence;

public sealed class FailureTests
{
    private static readonly TaskFailureDetails Cause = TaskFailureDetails.FromException(
        new InvalidOperationException("the state is away", new TimeoutException("too slow"))
    );

    [Fact]
    public void A_failure_says_what_was_thrown() => Assert.Equal("the state is away", Failure.Tell(Cause));

    [Fact]
    public void A_wrapper_of_Azure_Functions_is_unwrapped()
    {
        var wrapped = TaskFailureDetails.FromException(
            new AggregateException(new AggregateException(new InvalidOperationException("the state is away")))
        );

        Assert.Equal("the state is away", Failure.Tell(wrapped));
    }

    [Fact]
    public void An_empty_wrapper_speaks_for_itself() =>
        Assert.Equal("several", Failure.Tell(new TaskFailureDetails("System.AggregateException", "several", null, null, null)));
}
