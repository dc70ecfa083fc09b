using MeshPort.Runtime.Tests.Functions;
using Microsoft.Extensions.Time.Testing;

namespace MeshPort.Runtime.Tests;

/// <summary>A clock may step back, for example when the system corrects its time.</summary>
public sealed class ClockStepTests
{
    [Fact]
    public async Task A_timer_fires_although_the_clock_steps_back_when_it_is_due()
    {
        var clock = new SteppingTime();
        await using var running = await RunningHost.StartAsync(time: clock);
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(
            nameof(Orchestrators.Sleep),
            TestContext.Current.CancellationToken
        );
        await running.UntilAsync(id, instance => instance.SerializedCustomStatus == "\"asleep\"");

        clock.AdvanceAndStepBack(TimeSpan.FromHours(1));

        await running.CompletionWithTimeAsync(id, TimeSpan.FromSeconds(1));
    }

    /// <summary>After a step, its timers' callbacks have seen a later time than everybody else.</summary>
    private sealed class SteppingTime() : FakeTimeProvider(RunningHost.Start)
    {
        private static readonly TimeSpan Back = TimeSpan.FromMilliseconds(500);
        private readonly AsyncLocal<bool> _isFiring = new();
        private volatile bool _hasSteppedBack;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - (_hasSteppedBack && !_isFiring.Value ? Back : TimeSpan.Zero);

        public void AdvanceAndStepBack(TimeSpan by)
        {
            _hasSteppedBack = true;
            _isFiring.Value = true;
            Advance(by);
            _isFiring.Value = false;
        }
    }
}
