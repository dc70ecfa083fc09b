using MeshPort.Runtime.Tests.Functions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Tests;

public sealed class OrchestrationTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chain_of_activities_and_a_timer_completes()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync("CHAIN", "jose", Cancelled);
        var done = await running.CompletionWithTimeAsync(id, TimeSpan.FromMinutes(10));
        Assert.Equal(OrchestrationRuntimeStatus.Completed, done.RuntimeStatus);
        Assert.Equal("hello jose, hello again jose", done.ReadOutputAs<string>());
        Assert.Equal("jose", done.ReadInputAs<string>());
        Assert.Equal(
            ["hello jose", "hello again jose"],
            running.Effects.Log.Where(entry => entry.StartsWith("hello", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task All_results_of_concurrent_activities_arrive()
    {
        await using var running = await RunningHost.StartAsync();
        Assert.Equal(380, (await running.RunAsync(nameof(Orchestrators.FanOut))).ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_failure_of_an_activity_keeps_its_inner_failure()
    {
        await using var running = await RunningHost.StartAsync();
        var done = await running.RunAsync(nameof(Orchestrators.Catching), "");
        Assert.Equal(
            "Task 'Fail' (#0) failed with an unhandled exception: bad|System.InvalidOperationException|System.TimeoutException||True",
            done.ReadOutputAs<string>()
        );
    }

    [Fact]
    public async Task A_failure_passes_through_two_orchestrations()
    {
        await using var running = await RunningHost.StartAsync();
        var done = await running.RunAsync(nameof(Orchestrators.Catching), nameof(Orchestrators.Failing));
        Assert.Equal(
            $"Task 'Failing' (#0) failed with an unhandled exception: Task 'Fail' (#0) failed with an unhandled exception: bad|"
                + $"{typeof(TaskFailedException)}|System.InvalidOperationException|System.TimeoutException|False",
            done.ReadOutputAs<string>()
        );
    }

    [Fact]
    public async Task An_uncaught_failure_fails_the_instance_with_plain_text()
    {
        await using var running = await RunningHost.StartAsync();
        var done = await running.RunAsync(nameof(Orchestrators.Failing));
        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.Equal($"{typeof(TaskFailedException)}: Task 'Fail' (#0) failed with an unhandled exception: bad", done.SerializedOutput);
        Assert.Null(done.FailureDetails);
    }

    [Fact]
    public async Task An_unknown_orchestrator_or_activity_fails_with_its_name()
    {
        await using var running = await RunningHost.StartAsync();
        Assert.Contains("'Nowhere'", (await running.RunAsync("Nowhere")).SerializedOutput, StringComparison.Ordinal);
        Assert.Contains(
            "Task 'Missing' (#1) failed with an unhandled exception: (unknown)",
            (await running.RunAsync(nameof(Orchestrators.Messenger), "nobody")).SerializedOutput,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_retry_policy_waits_longer_each_time()
    {
        await using var running = await RunningHost.StartAsync();
        var start = running.Clock.GetUtcNow();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Retrying), Cancelled);
        var done = await running.CompletionWithTimeAsync(id, TimeSpan.FromSeconds(20));
        Assert.Equal("done", done.ReadOutputAs<string>());
        Assert.Equal(3, running.Effects.Count("try"));
        Assert.InRange(done.LastUpdatedAt - start, TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(6));
    }

    [Fact]
    public async Task A_retry_handler_decides_the_number_of_attempts()
    {
        await using var running = await RunningHost.StartAsync();
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await running.RunAsync(nameof(Orchestrators.Handling))).RuntimeStatus);
        Assert.Equal(3, running.Effects.Count("fail"));
    }

    [Fact]
    public async Task A_failure_that_the_filter_rejects_is_not_retried()
    {
        await using var running = await RunningHost.StartAsync();
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await running.RunAsync(nameof(Orchestrators.Filtering))).RuntimeStatus);
        Assert.Equal(1, running.Effects.Count("fail"));
    }

    [Theory]
    [InlineData("", "done")]
    [InlineData(nameof(Orchestrators.FailingTwice), "child")]
    public async Task A_failure_that_the_filter_accepts_is_retried(string child, string expected)
    {
        await using var running = await RunningHost.StartAsync();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Selecting), child, Cancelled);
        Assert.Equal(expected, (await running.CompletionWithTimeAsync(id, TimeSpan.FromSeconds(1))).ReadOutputAs<string>());
        Assert.Equal(3, running.Effects.Count("try"));
    }

    [Fact]
    public async Task A_child_knows_its_parent_and_returns_its_output_to_it()
    {
        await using var running = await RunningHost.StartAsync();
        var parent = await running.Client.ScheduleNewOrchestrationInstanceAsync(
            nameof(Orchestrators.Parent),
            "the-child",
            new StartOrchestrationOptions("the-parent"),
            Cancelled
        );
        await running.UntilAsync("the-child", child => child.RuntimeStatus == OrchestrationRuntimeStatus.Running);
        await running.Client.RaiseEventAsync("the-child", "word", "hi", Cancelled);
        Assert.Equal("hi from the-child of Parent the-parent", (await running.CompletionAsync(parent)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_child_whose_id_is_in_use_fails_in_its_parent()
    {
        await using var running = await RunningHost.StartAsync();
        await running.Client.ScheduleNewOrchestrationInstanceAsync(
            nameof(Orchestrators.Child),
            null,
            new StartOrchestrationOptions("taken"),
            Cancelled
        );
        var done = await running.RunAsync(nameof(Orchestrators.Parent), "taken");
        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.Contains("already exists", done.SerializedOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Early_events_are_kept_in_order_and_names_are_not_case_sensitive()
    {
        await using var running = await RunningHost.StartAsync();
        var options = new StartOrchestrationOptions(null, running.Clock.GetUtcNow().AddMinutes(1));
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Collect), 3, options, Cancelled);
        foreach (var word in new[] { "a", "b", "c" })
        {
            await running.Client.RaiseEventAsync(id, "WORD", word, Cancelled);
        }

        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await running.Client.GetInstanceAsync(id, Cancelled))?.RuntimeStatus);
        running.Clock.Advance(TimeSpan.FromMinutes(1));
        var done = await running.CompletionAsync(id);
        Assert.Equal(["a", "b", "c"], done.ReadOutputAs<string[]>()!);
        Assert.Equal("""{"Count":3}""", done.SerializedCustomStatus);
    }

    [Fact]
    public async Task Waiting_for_an_event_ends_at_its_timeout()
    {
        await using var running = await RunningHost.StartAsync();
        var late = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Patient), Cancelled);
        var early = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Patient), Cancelled);
        await running.Client.RaiseEventAsync(early, "word", "now", Cancelled);
        // Its timer was cancelled, so it ends although time stands still.
        Assert.Equal("now", (await running.CompletionAsync(early)).ReadOutputAs<string>());
        Assert.Equal("timeout", (await running.CompletionWithTimeAsync(late, TimeSpan.FromMinutes(1))).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Continue_as_new_keeps_unprocessed_events()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Counter), 0, Cancelled);
        for (var i = 1; i <= 50; i++)
        {
            await running.Client.RaiseEventAsync(id, "add", i, Cancelled);
        }

        await running.Client.RaiseEventAsync(id, "add", 0, Cancelled);
        Assert.Equal(1275, (await running.CompletionAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task An_orchestration_sends_an_event_to_another()
    {
        await using var running = await RunningHost.StartAsync();
        var receiver = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Collect), 1, Cancelled);
        await running.RunAsync(nameof(Orchestrators.Messenger), receiver);
        Assert.Equal(["sent"], (await running.CompletionAsync(receiver)).ReadOutputAs<string[]>()!);
    }

    [Fact]
    public async Task Replay_gives_the_same_identifiers_and_logs_once()
    {
        var log = new ListLogger();
        await using var running = await RunningHost.StartAsync(builder =>
        {
            RunningHost.WithoutSessions(builder);
            builder.Services.AddSingleton<ILoggerProvider>(log);
        });
        await running.RunAsync(nameof(Orchestrators.Logging));
        var guids = running.Effects.Log.Where(entry => Guid.TryParse(entry, out _)).ToList();
        Assert.Equal(2, guids.Count);
        Assert.Equal(guids[0], guids[1]);
        Assert.Equal('5', guids[0][14]);
        Assert.Single(log.Lines, line => line.StartsWith("begin", StringComparison.Ordinal));
        Assert.Single(log.Lines, line => line == "end");
    }

    [Fact]
    public async Task Changed_code_fails_a_running_instance_and_names_the_step()
    {
        await using var running = await RunningHost.StartAsync(RunningHost.WithoutSessions);
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Changing), Cancelled);
        await running.UntilAsync(id, _ => running.Effects.Count("hello one") == 1);
        running.Effects.Changed = true;
        await running.Client.RaiseEventAsync(id, "go", "now", Cancelled);
        var done = await running.CompletionAsync(id);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.Contains(
            "step #0 was a call of activity 'Hello' in the history, but the code now makes a call of activity 'Fail'",
            done.SerializedOutput,
            StringComparison.Ordinal
        );
        Assert.Equal(0, running.Effects.Count("fail"));
    }

    [Fact]
    public async Task Awaiting_a_non_durable_task_fails_instead_of_hanging()
    {
        await using var running = await RunningHost.StartAsync();
        Assert.Contains("not durable", (await running.RunAsync(nameof(Orchestrators.Straying))).SerializedOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_from_another_thread_fails_instead_of_hanging()
    {
        await using var running = await RunningHost.StartAsync();
        Assert.Contains(
            "not durable",
            (await running.RunAsync(nameof(Orchestrators.CancellingElsewhere))).SerializedOutput,
            StringComparison.Ordinal
        );
    }
}
