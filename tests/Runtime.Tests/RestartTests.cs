using System.Runtime.Versioning;
using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Tests.Functions;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Tests;

public sealed class RestartTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_activity_without_a_recorded_result_runs_again()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Gated), "door", Cancelled);
        await running.Effects.GateReached.Task.WaitAsync(RunningHost.Deadline, Cancelled);
        await running.CrashAndRestartAsync();
        running.Effects.Gate.SetResult();
        Assert.Equal("door in Gate", (await running.CompletionAsync(id)).ReadOutputAs<string>());
        Assert.Equal(2, running.Effects.Count("gate door"));
    }

    [Fact]
    public async Task An_activity_that_shutdown_interrupts_is_not_a_failure()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Gated), "door", Cancelled);
        await running.Effects.GateReached.Task.WaitAsync(RunningHost.Deadline, Cancelled);
        await running.RestartAsync();
        running.Effects.Gate.SetResult();
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await running.CompletionAsync(id)).RuntimeStatus);
    }

    [Fact]
    public async Task An_activity_that_exceeds_functionTimeout_is_cancelled_and_runs_again_and_is_not_a_failure()
    {
        await using var running = await RunningHost.StartAsync(builder =>
            builder.Configuration.AddInMemoryCollection([new("functionTimeout", "00:00:01")])
        );
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Gated), "door", Cancelled);
        await Wait.UntilAsync(() => running.Effects.Count("gate door") == 2, Cancelled);
        running.Effects.Gate.SetResult();
        Assert.Equal("door in Gate", (await running.CompletionAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_timer_that_was_due_while_the_host_was_down_fires_after_the_restart()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Chain), "x", Cancelled);
        await running.UntilAsync(id, _ => running.Effects.Count("hello x") == 1);
        await running.CrashAndRestartAsync();
        await running.CrashAndRestartAsync();
        Assert.Equal(
            "hello x, hello again x",
            (await running.CompletionWithTimeAsync(id, TimeSpan.FromMinutes(20))).ReadOutputAs<string>()
        );
        Assert.Equal(1, running.Effects.Count("hello again x"));
    }

    [Fact]
    public async Task Finished_and_waiting_instances_survive_a_crash()
    {
        await using var running = await RunningHost.StartAsync();
        var finished = (await running.RunAsync(nameof(Orchestrators.FanOut))).InstanceId;
        var waiting = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Collect), 2, Cancelled);
        await running.Client.RaiseEventAsync(waiting, "word", "before", Cancelled);
        await running.CrashAndRestartAsync();
        await running.Client.RaiseEventAsync(waiting, "word", "after", Cancelled);
        Assert.Equal(["before", "after"], (await running.CompletionAsync(waiting)).ReadOutputAs<string[]>()!);
        Assert.Equal(380, (await running.CompletionAsync(finished)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_data_directory_in_use_names_its_holder()
    {
        await using var running = await RunningHost.StartAsync();
        var options = new LocalHostOptions
        {
            Functions = FunctionAssembly.Instance,
            DataDirectory = running.Directory,
            Configure = RunningHost.AddSettings,
        };
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => LocalHost.StartAsync(options, Cancelled));
        Assert.Contains($"is in use by process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Only_their_owner_can_read_the_files_of_the_state()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "File modes exist on Unix only.");
        await using var running = await RunningHost.StartAsync();
        await running.RunAsync(nameof(Orchestrators.FanOut));
        AssertPrivate();
        await running.Host.DisposeAsync();
        foreach (var file in Directory.EnumerateFiles(running.Directory))
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead); // like a restored backup
        }

        await running.RestartAsync();
        AssertPrivate();

        void AssertPrivate()
        {
            var files = Directory.GetFiles(running.Directory);
            Assert.Superset(
                new HashSet<string?> { "durable.db", "durable.db-wal", "durable.db-shm", "durable.lock", "durable.pid" },
                files.Select(Path.GetFileName).ToHashSet()
            );
            Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        }
    }

    [Fact]
    public async Task An_instance_with_an_unreadable_history_fails_and_does_not_retry_for_ever()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Collect), 1, Cancelled);
        await running.UntilAsync(id, instance => instance.RuntimeStatus == OrchestrationRuntimeStatus.Running);
        await running.Host.AbandonAsync();
        using (var database = new Database(Path.Combine(running.Directory, "durable.db")))
        {
            database.Execute("UPDATE history SET events = 'garbage' WHERE seq = 0");
        }

        await running.RestartAsync();
        await running.Client.RaiseEventAsync(id, "word", "x", Cancelled);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await running.CompletionWithTimeAsync(id, TimeSpan.FromSeconds(1))).RuntimeStatus);
    }
}
