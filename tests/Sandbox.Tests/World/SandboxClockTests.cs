using MeshPort.Sandbox.World;
using Xunit;

namespace MeshPort.Sandbox.Tests.World;

public sealed class SandboxClockTests
{
    [Fact]
    public void A_held_clock_stands_still_and_can_be_advanced()
    {
        var clock = new SandboxClock(1000);
        clock.Hold();
        var (now, stamp) = (clock.GetUtcNow(), clock.GetTimestamp());

        Assert.Equal(now, clock.GetUtcNow());
        clock.Advance(TimeSpan.FromHours(3));

        Assert.Equal(now.AddHours(3), clock.GetUtcNow());
        Assert.Equal(TimeSpan.FromHours(3), clock.GetElapsedTime(stamp));
    }

    [Fact]
    public void Timers_fire_when_an_advance_reaches_them_and_not_before()
    {
        var clock = new SandboxClock(1);
        clock.Hold();
        using var fired = new ManualResetEventSlim();
        using var timer = clock.CreateTimer(_ => fired.Set(), null, TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);

        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.False(fired.Wait(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(fired.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6000)]
    public void Nobody_waits_for_an_instant_that_has_passed(double scale)
    {
        var clock = new SandboxClock(scale);
        clock.Hold();

        // A real difference of -1 ms, taken as it is, would be a wait without an end.
        Assert.Equal(TimeSpan.Zero, clock.RealUntil(clock.GetUtcNow() - TimeSpan.FromMilliseconds(scale)));
        Assert.Equal(TimeSpan.Zero, clock.RealUntil(clock.GetUtcNow() - TimeSpan.FromMilliseconds(1)));
        Assert.Equal(Timeout.InfiniteTimeSpan, clock.RealUntil(clock.GetUtcNow().AddSeconds(1)));
        Assert.Equal(Timeout.InfiniteTimeSpan, clock.RealUntil(null));
    }

    [Fact]
    public async Task A_periodic_timer_keeps_firing()
    {
        var clock = new SandboxClock(1);
        clock.Hold();
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1), clock);
        for (var tick = 0; tick < 3; tick++)
        {
            var next = timer.WaitForNextTickAsync(TestContext.Current.CancellationToken).AsTask();
            Assert.False(next.IsCompleted);
            clock.Advance(TimeSpan.FromMinutes(1));
            Assert.True(await next.WaitAsync(Wait.Usual, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task A_resumed_clock_continues_at_the_held_time()
    {
        var clock = new SandboxClock(1000);
        clock.Hold();
        var held = clock.GetUtcNow();
        await Wait.UntilAsync(() => clock.Advanced < TimeSpan.FromSeconds(-20), TestContext.Current.CancellationToken);

        clock.Resume();

        Assert.InRange(clock.GetUtcNow(), held, held.AddMinutes(15));
        await Task.Delay(TimeSpan.FromSeconds(1), clock, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_world_that_was_advanced_is_still_ahead_after_a_restart()
    {
        using var directory = new TestDirectory();
        var file = directory["sandbox.db"];
        DateTimeOffset before;
        using (var world = new SandboxWorld(60, file))
        {
            world.Clock.Advance(TimeSpan.FromDays(30));
            before = world.Clock.GetUtcNow();
        }

        using var again = new SandboxWorld(60, file);
        Assert.InRange(again.Clock.GetUtcNow(), before, before.AddHours(1));
    }
}
