using System.Globalization;
using MeshPort.Sandbox.Kubernetes.Admission;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

public sealed class CronScheduleTests
{
    [Theory]
    [InlineData("*/15 * * * *", "2026-01-01T00:07:30Z", "2026-01-01T00:15:00Z")]
    [InlineData("30 2 * * *", "2026-01-01T02:30:00Z", "2026-01-02T02:30:00Z")]
    [InlineData("0 9-17/4 * * mon-fri", "2026-01-02T17:00:00Z", "2026-01-05T09:00:00Z")]
    [InlineData("0 0 29 feb *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 13 * 5", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")]
    [InlineData("0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z")]
    [InlineData("@monthly", "2026-01-31T12:00:00Z", "2026-02-01T00:00:00Z")]
    public void A_schedule_knows_its_next_time(string schedule, string after, string next)
    {
        var found = CronSchedule.Parse(schedule)?.After(Time(after));

        Assert.Equal(Time(next), found);
    }

    [Theory]
    [InlineData("* * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("5-1 * * * *")]
    [InlineData("*/0 * * * *")]
    [InlineData("a * * * *")]
    public void Other_texts_are_no_schedules(string text)
    {
        Assert.Null(CronSchedule.Parse(text));
        Assert.NotNull(CronSchedule.Problem(text));
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
