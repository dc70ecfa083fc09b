using MeshPort.Access;
using Xunit;

namespace MeshPort.Functions.Tests.Access;

public sealed class CallerLimitsTests
{
    [Theory]
    [InlineData(20, 3)]
    [InlineData(40, 1.5)]
    [InlineData(90, 0.667)]
    public void Requests_come_back_at_the_rate_that_the_setting_says(int requestsPerMinute, double secondsForOne)
    {
        using var limits = new CallerLimits(new AccessOptions { RequestsPerMinute = requestsPerMinute });

        var wait = Enumerable.Range(0, 1000).Select(_ => limits.Exceeds("jose")).First(answer => answer is not null);

        Assert.Equal(secondsForOne, wait?.TotalSeconds ?? 0, tolerance: 0.001);
    }

    [Fact]
    public void One_caller_who_asks_too_much_keeps_no_other_out()
    {
        using var limits = new CallerLimits(new AccessOptions { RequestsPerMinute = 1 });

        Assert.Null(limits.Exceeds("jose"));
        Assert.NotNull(limits.Exceeds("jose"));
        Assert.Null(limits.Exceeds("maria"));
    }

    [Fact]
    public void Zero_is_no_limit()
    {
        using var limits = new CallerLimits(new AccessOptions { RequestsPerMinute = 0 });

        Assert.All(Enumerable.Range(0, 10_000), _ => Assert.Null(limits.Exceeds("jose")));
    }
}
