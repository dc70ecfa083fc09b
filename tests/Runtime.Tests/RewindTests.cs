using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MeshPort.Runtime.Tests.Functions;

namespace MeshPort.Runtime.Tests;

public sealed class RewindTests
{
    private const string Instances = "runtime/webhooks/durabletask/instances";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failed_activity_runs_again_and_a_succeeded_one_does_not()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await FailAsync(running, nameof(Mendable.MendOne), "wheel");
        Assert.Equal("ok first, wheel, ok last", await RewindAsync(running, id, "wheel"));
        Assert.Equal((1, 2, 1), (running.Effects.Count("ok first"), running.Effects.Count("wheel"), running.Effects.Count("ok last")));
    }

    [Fact]
    public async Task An_instance_can_fail_and_be_rewound_again_even_after_a_crash()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await FailAsync(running, nameof(Mendable.MendOne), "wheel");
        await running.Client.RewindInstanceAsync(id, "not mended yet", Cancelled);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await running.CompletionAsync(id)).RuntimeStatus);
        await running.CrashAndRestartAsync();
        Assert.Equal("ok first, wheel, ok last", await RewindAsync(running, id, "wheel"));
        Assert.Equal((1, 3), (running.Effects.Count("ok first"), running.Effects.Count("wheel")));
    }

    [Fact]
    public async Task All_concurrent_failures_run_again()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await FailAsync(running, nameof(Mendable.MendMany), null);
        running.Effects.Mended.Add("left");
        Assert.Equal("""["left","ok middle","right"]""", await RewindAsync(running, id, "right", text: false));
        Assert.Equal((2, 1, 2), (running.Effects.Count("left"), running.Effects.Count("ok middle"), running.Effects.Count("right")));
    }

    [Fact]
    public async Task A_failed_child_is_rewound_with_its_parent()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await FailAsync(running, nameof(Mendable.MendChild), "child");
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await running.CompletionAsync("child")).RuntimeStatus);
        Assert.Equal("ok parent: ok first, wheel, ok last", await RewindAsync(running, id, "wheel"));
        Assert.Equal((1, 1, 2), (running.Effects.Count("ok parent"), running.Effects.Count("ok first"), running.Effects.Count("wheel")));
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await running.CompletionAsync("child")).RuntimeStatus);
    }

    [Fact]
    public async Task A_child_that_was_purged_is_started_again()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await FailAsync(running, nameof(Mendable.MendChild), "child");
        await running.Client.PurgeInstanceAsync("child", Cancelled);
        Assert.Equal("ok parent: ok first, wheel, ok last", await RewindAsync(running, id, "wheel"));
        Assert.Equal(2, running.Effects.Count("ok first"));
    }

    [Fact]
    public async Task Failures_that_the_code_handled_stay_and_only_the_last_attempt_is_repeated()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Mendable.MendRetried), Cancelled);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await running.CompletionWithTimeAsync(id, TimeSpan.FromMinutes(1))).RuntimeStatus);
        Assert.Equal("retried", await RewindAsync(running, id, "retried"));
        Assert.Equal(
            (1, 1, 4),
            (running.Effects.Count("caught"), running.Effects.Count("ok compensated"), running.Effects.Count("retried"))
        );
    }

    [Fact]
    public async Task A_timer_that_was_open_is_scheduled_again()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await FailAsync(running, nameof(Mendable.MendBesideTimer), null);
        running.Effects.Mended.Add("beside");
        await running.Client.RewindInstanceAsync(id, "mended", Cancelled);
        Assert.Equal("beside", (await running.CompletionWithTimeAsync(id, TimeSpan.FromMinutes(10))).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_instance_whose_own_code_failed_continues()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await FailAsync(running, nameof(Mendable.MendCode), null);
        Assert.Equal(id, await RewindAsync(running, id, "code"));
    }

    [Fact]
    public async Task An_instance_of_an_unknown_orchestrator_fails_again()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await FailAsync(running, "Nowhere", null);
        await running.Client.RewindInstanceAsync(id, "why", Cancelled);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await running.CompletionAsync(id)).RuntimeStatus);
    }

    [Fact]
    public async Task Only_a_failed_instance_can_be_rewound()
    {
        await using var running = await RunningHost.StartAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => running.Client.RewindInstanceAsync("nobody", "why", Cancelled));
        var done = await running.RunAsync(nameof(Orchestrators.FanOut));
        await Assert.ThrowsAsync<InvalidOperationException>(() => running.Client.RewindInstanceAsync(done.InstanceId, "why", Cancelled));
    }

    [Fact]
    public async Task The_management_api_rewinds_and_shows_it_in_the_history()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = running.Host.Address };
        var id = await FailAsync(running, nameof(Mendable.MendOne), "wheel");
        running.Effects.Mended.Add("wheel");
        Assert.Equal(HttpStatusCode.Accepted, (await http.PostAsync($"{Instances}/{id}/rewind?reason=mended", null, Cancelled)).StatusCode);
        await running.CompletionAsync(id);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await http.PostAsync($"{Instances}/{id}/rewind", null, Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.PostAsync($"{Instances}/nobody/rewind", null, Cancelled)).StatusCode);
        var status = await http.GetFromJsonAsync<JsonObject>($"{Instances}/{id}?showHistory=true", Cancelled);
        Assert.Equal(
            ["ExecutionStarted", "TaskCompleted", "ExecutionRewound", "TaskCompleted", "TaskCompleted", "ExecutionCompleted"],
            status?["historyEvents"]?.AsArray().Select(shown => (string?)shown?["EventType"])
        );
    }

    private static async Task<string> FailAsync(RunningHost running, string name, string? input)
    {
        var failed = await running.RunAsync(name, input);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, failed.RuntimeStatus);
        return failed.InstanceId;
    }

    private static async Task<string?> RewindAsync(RunningHost running, string id, string mended, bool text = true)
    {
        running.Effects.Mended.Add(mended);
        await running.Client.RewindInstanceAsync(id, "mended", Cancelled);
        var completed = await running.CompletionAsync(id);
        Assert.True(completed.RuntimeStatus == OrchestrationRuntimeStatus.Completed, completed.SerializedOutput);
        return text ? completed.ReadOutputAs<string>() : completed.SerializedOutput;
    }
}
