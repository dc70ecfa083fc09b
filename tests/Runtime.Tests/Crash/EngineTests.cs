using MeshPort.Runtime.Durable;
using MeshPort.Runtime.Tests.Functions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Tests.Crash;

/// <summary>Edge cases that the crash tests revealed: the host's own failures must neither stall nor fail an instance.</summary>
public sealed class EngineTests
{
    private const int Many = StepInput.MaxMessages + 200;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_instance_starts_at_its_start_time_after_any_number_of_early_events()
    {
        await using var running = await RunningHost.StartAsync();
        var options = new StartOrchestrationOptions("late", running.Clock.GetUtcNow().AddHours(1));
        await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Collect), Many, options, Cancelled);
        await Task.WhenAll(Enumerable.Range(0, Many).Select(i => running.Client.RaiseEventAsync("late", "word", $"{i}", Cancelled)));
        running.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(Many, (await running.CompletionAsync("late")).ReadOutputAs<string[]>()?.Distinct().Count());
    }

    [Fact]
    public async Task A_termination_before_the_start_works_after_any_number_of_early_events()
    {
        await using var running = await RunningHost.StartAsync();
        var options = new StartOrchestrationOptions("never", running.Clock.GetUtcNow().AddHours(1));
        await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Collect), 1, options, Cancelled);
        await Task.WhenAll(Enumerable.Range(0, Many).Select(i => running.Client.RaiseEventAsync("never", "word", $"{i}", Cancelled)));
        await running.Client.TerminateInstanceAsync("never", Cancelled);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await running.CompletionAsync("never")).RuntimeStatus);
    }

    [Fact]
    public async Task Continue_as_new_works_with_any_number_of_kept_events()
    {
        await using var running = await RunningHost.StartAsync();
        var options = new StartOrchestrationOptions("count", running.Clock.GetUtcNow().AddHours(1));
        await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Countdown), 3, options, Cancelled);
        await Task.WhenAll(Enumerable.Range(0, 2 * Many).Select(_ => running.Client.RaiseEventAsync("count", "tick", 1, Cancelled)));
        running.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, (await running.CompletionAsync("count")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_step_that_host_shutdown_interrupts_is_not_recorded()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Interrupted), Cancelled);
        await running.Effects.GateReached.Task.WaitAsync(RunningHost.Deadline, Cancelled);
        await running.RestartAsync();
        running.Effects.Gate.SetResult();
        var done = await running.CompletionAsync(id);
        Assert.Equal((OrchestrationRuntimeStatus.Completed, "true"), (done.RuntimeStatus, done.SerializedOutput));
    }

    [Fact]
    public async Task A_suspension_that_arrives_with_the_event_before_continue_as_new_is_kept()
    {
        await using var running = await RunningHost.StartAsync();
        // Both messages arrive before the start, so that one step takes both.
        var options = new StartOrchestrationOptions("held", running.Clock.GetUtcNow().AddHours(1));
        await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Countdown), 2, options, Cancelled);
        await running.Client.RaiseEventAsync("held", "tick", 1, Cancelled);
        await running.Client.SuspendInstanceAsync("held", "wait", Cancelled);
        running.Clock.Advance(TimeSpan.FromHours(1));
        await running.UntilAsync("held", instance => instance.RuntimeStatus == OrchestrationRuntimeStatus.Suspended);
        await running.Client.RaiseEventAsync("held", "tick", 1, Cancelled);
        await running.Client.ResumeInstanceAsync("held", Cancelled);
        Assert.Equal(1, (await running.CompletionAsync("held")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_temporarily_full_disk_fails_no_instance()
    {
        var log = new ListLogger();
        await using var running = await RunningHost.StartAsync(builder => builder.Logging.AddProvider(log));
        var store = running.Host.Services.GetRequiredService<DurableEngine>().Store;
        var options = new StartOrchestrationOptions("big", running.Clock.GetUtcNow().AddHours(1));
        running.Effects.Gate.SetResult();
        await running.Client.ScheduleNewOrchestrationInstanceAsync(
            nameof(Orchestrators.Gated),
            new string('x', 100_000),
            options,
            Cancelled
        );
        await store.WriteAsync(database => database.Scalar($"PRAGMA max_page_count={database.Scalar("PRAGMA page_count")}"));
        running.Clock.Advance(TimeSpan.FromHours(1));
        // More than the attempts that a poisonous step gets.
        await Wait.UntilAsync(
            () => log.Lines.Any(line => line.Contains("of instance big failed (attempt 7)", StringComparison.Ordinal)),
            Cancelled,
            () => running.Clock.Advance(TimeSpan.FromSeconds(5))
        );
        await store.WriteAsync(database => database.Scalar("PRAGMA max_page_count=1000000"));
        Assert.Equal(
            OrchestrationRuntimeStatus.Completed,
            (await running.CompletionWithTimeAsync("big", TimeSpan.FromSeconds(5))).RuntimeStatus
        );
    }

    [Theory]
    [InlineData(nameof(Orchestrators.Stuck))]
    [InlineData(nameof(Orchestrators.Blocked))]
    public async Task An_activity_that_does_not_stop_is_abandoned_after_ten_seconds_and_runs_again(string orchestrator)
    {
        await using var running = await RunningHost.StartAsync();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(orchestrator, Cancelled);
        await running.Effects.GateReached.Task.WaitAsync(RunningHost.Deadline, Cancelled);
        await running.Host.DisposeAsync().AsTask().WaitAsync(RunningHost.Deadline, Cancelled);
        running.Effects.Gate.SetResult();
        await running.RestartAsync();
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await running.CompletionAsync(id)).RuntimeStatus);
        Assert.Equal(2, running.Effects.Count(orchestrator));
    }
}
