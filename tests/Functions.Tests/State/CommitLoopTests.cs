using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

public sealed class CommitLoopTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_attempt_that_another_writer_disturbed_is_repeated()
    {
        var attempts = 0;
        var result = await CommitLoop.RunAsync<string?>(
            "The cluster",
            () => Task.FromResult<Committed<string?>?>(++attempts < 3 ? null : new(null)),
            Token
        );

        Assert.Null(result);
        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task It_gives_up_when_other_writers_are_always_faster_and_names_the_target()
    {
        var attempts = 0;
        var refused = await Assert.ThrowsAsync<TimeoutException>(() =>
            CommitLoop.RunAsync<string>(
                "Cluster c1",
                () =>
                {
                    attempts++;
                    return Task.FromResult<Committed<string>?>(null);
                },
                Token
            )
        );

        Assert.Equal("Cluster c1 was written by others 50 times in a row.", refused.Message);
        Assert.Equal(50, attempts);
    }
}
