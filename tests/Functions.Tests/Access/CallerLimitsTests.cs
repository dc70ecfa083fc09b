using MeshPort.Access;
using Xunit;

namespace MeshPort.Functions.Tests.Access;

public sealed class CallerLimitsTests
{
    [Theory]
    [InlineData(20, 3)]
    [InlineData(40, 1.5)]
    [InlineData(90, 0.667)]
    public void The_bucket_refills_at_the_configured_rate(int requestsPerMinute, double secondsForOne)
    {
        using var limits = new CallerLimits(new AccessOptions { RequestsPerMinute = requestsPerMinute });

        var wait = Enumerable.Range(0, 1000).Select(_ => limits.Exceeds("jose")).First(answer => answer is not null);

        Assert.Equal(secondsForOne, wait?.TotalSeconds ?? 0, tolerance: 0.001);
    }

    [Fact]
    public void The_limit_of_one_caller_does_not_affect_others()
    {
        using var limits = new CallerLimits(new AccessOptions { RequestsPerMinute = 1 });

        Assert.Null(limits.Exceeds("jose"));
        Assert.NotNull(limits.Exceeds("jose"));
        Assert.Null(limits.Exceeds("maria"));
    }

    [Fact]
    public void Zero_means_no_limit()
    {
        using var limits = new CallerLimits(new AccessOptions { RequestsPerMinute = 0 });

        Assert.All(Enumerable.Range(0, 10_000), _ => Assert.Null(limits.Exceeds("jose")));
    }
}
