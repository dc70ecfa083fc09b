using System.Globalization;
using MeshPort.Runtime.Triggers.Timers;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Tests;

public sealed class TimerTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_timer_function_runs_on_its_schedule()
    {
        await using var running = await RunningHost.StartAsync();
        await TickAsync(running);
        Assert.Equal("tick", running.Effects.Log.First());
        Assert.NotNull(running.Effects.Timer?.ScheduleStatus);
    }

    [Fact]
    public async Task A_missed_run_is_made_up_for_once()
    {
        await using var running = await RunningHost.StartAsync();
        await TickAsync(running);
        await running.Host.DisposeAsync();
        var before = running.Effects.Log.Count;
        running.Clock.Advance(TimeSpan.FromHours(5));
        await running.RestartAsync();
        await Wait.UntilAsync(() => running.Effects.Log.Count > before, Cancelled);
        Assert.Equal(1, running.Effects.Count("tick past due"));
    }

    [Theory]
    [InlineData("0 */5 * * * *", "2030-01-01T00:05:00")]
    [InlineData("*/5 * * * *", "2030-01-01T00:05:00")]
    [InlineData("00:00:30", "2030-01-01T00:00:30")]
    [InlineData("%Set%", "2030-01-01T12:00:00")]
    public void A_schedule_is_ncrontab_an_interval_or_a_setting(string text, string next)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Set", "0 0 12 * * *")]).Build();
        Assert.Equal(
            next,
            Schedule.Parse("F", text, configuration).Next(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc)).ToString("s")
        );
    }

    [Theory]
    [InlineData("2030-01-01T00:00:00", "2030-01-01T08:00:00")]
    [InlineData("2030-07-01T12:00:00", "2030-07-02T07:00:00")]
    [InlineData("2030-03-30T12:00:00", "2030-03-31T07:00:00")]
    [InlineData("2030-10-26T12:00:00", "2030-10-27T08:00:00")]
    public void A_schedule_uses_the_configured_zone_across_clock_changes(string after, string next)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("WEBSITE_TIME_ZONE", "Europe/Berlin")]).Build();
        var schedule = Schedule.Parse("F", "0 0 9 * * *", configuration);
        var from = DateTime.Parse(after, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        Assert.Equal(next, schedule.Next(from).ToString("s"));
        Assert.Equal(DateTimeKind.Utc, schedule.Next(from).Kind);
    }

    [Fact]
    public void An_invalid_zone_is_rejected()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("WEBSITE_TIME_ZONE", "Nowhere")]).Build();
        Assert.Contains(
            "'Nowhere'",
            Assert.Throws<InvalidOperationException>(() => Schedule.Parse("F", "0 0 9 * * *", configuration)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("%Missing%")]
    [InlineData("61 * * * * *")]
    public void An_invalid_schedule_is_rejected(string text)
    {
        var configuration = new ConfigurationBuilder().Build();
        Assert.Contains(
            "F",
            Assert.Throws<InvalidOperationException>(() => Schedule.Parse("F", text, configuration)).Message,
            StringComparison.Ordinal
        );
    }

    private static async Task TickAsync(RunningHost running) =>
        await Wait.UntilAsync(
            () =>
            {
                running.Clock.Advance(TimeSpan.FromMinutes(30));
                return running.Effects.TimerRan.Task.IsCompleted;
            },
            Cancelled
        );
}
