using MeshPort.Runtime.Tests.Functions;

namespace MeshPort.Runtime.Tests;

public sealed class ClientTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_id_is_rejected_and_a_finished_one_is_reused()
    {
        await using var running = await RunningHost.StartAsync();
        var options = new StartOrchestrationOptions("one");
        await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Collect), 1, options, Cancelled);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Collect), 1, options, Cancelled)
        );
        Assert.Equal("An Orchestration instance with the ID one already exists.", refused.Message);
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Collect), 1, options.WithDedupeStatuses(), Cancelled)
        );

        await running.Client.RaiseEventAsync("one", "word", "a", Cancelled);
        await running.CompletionAsync("one");
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            running.Client.ScheduleNewOrchestrationInstanceAsync(
                nameof(Orchestrators.Collect),
                1,
                options.WithDedupeStatuses(OrchestrationRuntimeStatus.Completed),
                Cancelled
            )
        );
        await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Collect), 1, options, Cancelled);
        await running.Client.RaiseEventAsync("one", "word", "b", Cancelled);
        Assert.Equal(["b"], (await running.CompletionAsync("one")).ReadOutputAs<string[]>()!);
    }

    [Fact]
    public async Task An_unknown_dedupe_status_or_an_entity_id_is_an_argument_error()
    {
        await using var running = await RunningHost.StartAsync();
        var options = new StartOrchestrationOptions("x") { DedupeStatuses = ["Nonsense"] };
        Assert.Contains(
            "'Nonsense'",
            (
                await Assert.ThrowsAsync<ArgumentException>(() =>
                    running.Client.ScheduleNewOrchestrationInstanceAsync("Chain", null, options, Cancelled)
                )
            ).Message,
            StringComparison.Ordinal
        );
        await Assert.ThrowsAsync<ArgumentException>(() =>
            running.Client.ScheduleNewOrchestrationInstanceAsync("Chain", null, new StartOrchestrationOptions("@x@y"), Cancelled)
        );
    }

    [Fact]
    public async Task Of_many_concurrent_starts_with_one_id_exactly_one_succeeds()
    {
        await using var running = await RunningHost.StartAsync();
        var starts = await Task.WhenAll(
            Enumerable
                .Range(0, 30)
                .Select(_ =>
                    TryAsync(() =>
                        running.Client.ScheduleNewOrchestrationInstanceAsync(
                            nameof(Orchestrators.Collect),
                            1,
                            new StartOrchestrationOptions("same"),
                            Cancelled
                        )
                    )
                )
        );
        Assert.Equal(1, starts.Count(won => won));

        static async Task<bool> TryAsync(Func<Task> start)
        {
            try
            {
                await start();
                return true;
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task Operations_on_a_missing_instance_report_it()
    {
        await using var running = await RunningHost.StartAsync();
        var client = running.Client;
        Assert.Null(await client.GetInstanceAsync("none", Cancelled));
        Assert.Contains(
            "No instance with ID 'none' was found.",
            (await Assert.ThrowsAsync<ArgumentException>(() => client.RaiseEventAsync("none", "e", Cancelled))).Message,
            StringComparison.Ordinal
        );
        await Assert.ThrowsAsync<ArgumentException>(() => client.TerminateInstanceAsync("none", Cancelled));
        await Assert.ThrowsAsync<ArgumentException>(() => client.SuspendInstanceAsync("none", Cancelled));
        await Assert.ThrowsAsync<ArgumentException>(() => client.ResumeInstanceAsync("none", Cancelled));
        await Assert.ThrowsAsync<ArgumentException>(() => client.RestartAsync("none", cancellation: Cancelled));
        Assert.Equal(0, (await client.PurgeInstanceAsync("none", Cancelled)).PurgedInstanceCount);
    }

    [Fact]
    public async Task Operations_on_a_finished_instance_are_rejected_and_it_can_be_purged()
    {
        await using var running = await RunningHost.StartAsync();
        var client = running.Client;
        var id = (await running.RunAsync(nameof(Orchestrators.FanOut))).InstanceId;
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.RaiseEventAsync(id, "e", Cancelled));
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.TerminateInstanceAsync(id, Cancelled));
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.SuspendInstanceAsync(id, Cancelled));
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.ResumeInstanceAsync(id, Cancelled));
        var bare = await client.GetInstanceAsync(id, Cancelled);
        Assert.Throws<InvalidOperationException>(() => bare?.ReadOutputAs<int>());
        Assert.Equal(1, (await client.PurgeInstanceAsync(id, Cancelled)).PurgedInstanceCount);
        Assert.Null(await client.GetInstanceAsync(id, Cancelled));
    }

    [Fact]
    public async Task Terminating_a_parent_recursively_ends_its_child()
    {
        await using var running = await RunningHost.StartAsync();
        var parent = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Parent), "kid", Cancelled);
        await running.UntilAsync("kid", child => child.RuntimeStatus == OrchestrationRuntimeStatus.Running);
        await Assert.ThrowsAsync<InvalidOperationException>(() => running.Client.PurgeInstanceAsync(parent, Cancelled));
        await running.Client.TerminateInstanceAsync(parent, new TerminateInstanceOptions("enough", Recursive: true), Cancelled);
        var done = await running.CompletionAsync(parent);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, done.RuntimeStatus);
        Assert.Equal("enough", done.ReadOutputAs<string>());
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await running.CompletionAsync("kid")).RuntimeStatus);
        Assert.Equal(
            2,
            (await running.Client.PurgeInstanceAsync(parent, new PurgeInstanceOptions(Recursive: true), Cancelled)).PurgedInstanceCount
        );
    }

    [Fact]
    public async Task A_terminated_child_fails_in_its_parent()
    {
        await using var running = await RunningHost.StartAsync();
        var parent = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Parent), "kid", Cancelled);
        await running.UntilAsync("kid", child => child.RuntimeStatus == OrchestrationRuntimeStatus.Running);
        await running.Client.TerminateInstanceAsync("kid", Cancelled);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await running.CompletionAsync(parent)).RuntimeStatus);
    }

    [Fact]
    public async Task A_suspended_instance_keeps_its_events_until_it_is_resumed()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Collect), 2, Cancelled);
        await running.Client.SuspendInstanceAsync(id, "wait", Cancelled);
        await running.UntilAsync(id, instance => instance.RuntimeStatus == OrchestrationRuntimeStatus.Suspended);
        await running.Client.RaiseEventAsync(id, "word", "a", Cancelled);
        await running.Client.RaiseEventAsync(id, "word", "b", Cancelled);
        await running.CrashAndRestartAsync();
        await running.Client.ResumeInstanceAsync(id, Cancelled);
        Assert.Equal(["a", "b"], (await running.CompletionAsync(id)).ReadOutputAs<string[]>()!);
    }

    [Fact]
    public async Task Instances_are_listed_by_filter_in_pages()
    {
        await using var running = await RunningHost.StartAsync();
        for (var i = 0; i < 5; i++)
        {
            await running.Client.ScheduleNewOrchestrationInstanceAsync(
                nameof(Orchestrators.FanOut),
                null,
                new StartOrchestrationOptions($"list-{i}"),
                Cancelled
            );
            await running.CompletionAsync($"list-{i}");
        }

        await running.Client.ScheduleNewOrchestrationInstanceAsync(
            nameof(Orchestrators.Collect),
            1,
            new StartOrchestrationOptions("list-9"),
            Cancelled
        );
        await running.Client.ScheduleNewOrchestrationInstanceAsync(
            nameof(Orchestrators.Collect),
            1,
            new StartOrchestrationOptions("other"),
            Cancelled
        );
        var query = new OrchestrationQuery(
            InstanceIdPrefix: "list-",
            PageSize: 2,
            Statuses: [OrchestrationRuntimeStatus.Completed],
            FetchInputsAndOutputs: true
        );
        var pages = new List<Page<OrchestrationMetadata>>();
        await foreach (var page in running.Client.GetAllInstancesAsync(query).AsPages())
        {
            pages.Add(page);
        }

        Assert.Equal([2, 2, 1], pages.Select(page => page.Values.Count));
        Assert.All(pages.SelectMany(page => page.Values), instance => Assert.Equal(380, instance.ReadOutputAs<int>()));
        Assert.Null(pages[^1].ContinuationToken);
        Assert.Equal(
            5,
            (
                await running.Client.PurgeAllInstancesAsync(new PurgeInstancesFilter(running.Clock.GetUtcNow().AddDays(-1)), Cancelled)
            ).PurgedInstanceCount
        );
        Assert.NotNull(await running.Client.GetInstanceAsync("other", Cancelled));
    }

    [Fact]
    public async Task A_finished_instance_is_restarted_with_its_input()
    {
        await using var running = await RunningHost.StartAsync();
        var first = await running.RunAsync(nameof(Orchestrators.Handling));
        Assert.Equal(first.InstanceId, await running.Client.RestartAsync(first.InstanceId, cancellation: Cancelled));
        await running.CompletionAsync(first.InstanceId);
        Assert.NotEqual(first.InstanceId, await running.Client.RestartAsync(first.InstanceId, restartWithNewInstanceId: true, Cancelled));
        Assert.True(running.Effects.Count("fail") >= 4);
    }

    [Fact]
    public async Task Instances_are_purged_by_time_and_status()
    {
        await using var running = await RunningHost.StartAsync();
        await running.RunAsync(nameof(Orchestrators.FanOut));
        var now = running.Clock.GetUtcNow();
        Assert.Equal(
            0,
            (
                await running.Client.PurgeInstancesAsync(now.AddHours(-1), now.AddHours(1), [OrchestrationRuntimeStatus.Failed], Cancelled)
            ).PurgedInstanceCount
        );
        Assert.Equal(0, (await running.Client.PurgeInstancesAsync(now.AddHours(1), null, Cancelled)).PurgedInstanceCount);
        Assert.Equal(1, (await running.Client.PurgeInstancesAsync(now.AddHours(-1), now.AddHours(1), Cancelled)).PurgedInstanceCount);
    }
}
