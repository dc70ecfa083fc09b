using MeshPort.Runtime.Durable;
using MeshPort.Runtime.Tests.Functions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace MeshPort.Runtime.Tests;

public sealed class ExtendedSessionTests
{
    private const string Begin = "begin";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, 1)]
    [InlineData("true", 1)]
    [InlineData("false", 11)]
    public async Task The_code_of_an_orchestrator_runs_once_unless_sessions_are_off(string? enabled, int begins)
    {
        await using var running = await RunningHost.StartAsync(builder => Set(builder, enabled));
        Assert.Equal(10, (await running.RunAsync(nameof(Orchestrators.Counting), 10)).ReadOutputAs<int>());
        Assert.Equal(begins, running.Effects.Count(Begin));
    }

    [Fact]
    public async Task An_orchestrator_continues_from_its_history_after_its_process_was_killed()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Halting), 5, Cancelled);
        await running.UntilAsync(id, instance => instance.SerializedCustomStatus == "5");
        await running.CrashAndRestartAsync();
        await running.Client.RaiseEventAsync(id, "go", Cancelled);
        Assert.Equal(10, (await running.CompletionAsync(id)).ReadOutputAs<int>());
        Assert.Equal(2, running.Effects.Count(Begin));
    }

    [Fact]
    public async Task A_suspended_orchestrator_keeps_its_place()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Halting), 1, Cancelled);
        await running.UntilAsync(id, instance => instance.SerializedCustomStatus == "1");
        await running.Client.SuspendInstanceAsync(id, null, Cancelled);
        await running.UntilAsync(id, instance => instance.RuntimeStatus == OrchestrationRuntimeStatus.Suspended);
        await running.Client.RaiseEventAsync(id, "go", Cancelled);
        await running.Client.ResumeInstanceAsync(id, null, Cancelled);
        Assert.Equal(2, (await running.CompletionAsync(id)).ReadOutputAs<int>());
        Assert.Equal(1, running.Effects.Count(Begin));
    }

    [Theory]
    [InlineData(
        "extendedSessionsEnabled",
        "sometimes",
        "extensions.durableTask.extendedSessionsEnabled is 'sometimes'; it must be true or false."
    )]
    [InlineData(
        "extendedSessionIdleTimeoutInSeconds",
        "-1",
        "extensions.durableTask.extendedSessionIdleTimeoutInSeconds is '-1'; it must be a whole number of seconds."
    )]
    [InlineData(
        "maxConcurrentActivityFunctions",
        "0",
        "extensions.durableTask.maxConcurrentActivityFunctions is '0'; it must be a whole number of 1 or more."
    )]
    public void An_invalid_setting_is_named(string name, string value, string expected)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new($"extensions:durableTask:{name}", value)]).Build();
        Assert.Equal($"host.json: {expected}", Assert.Throws<InvalidOperationException>(() => EngineLimits.From(configuration)).Message);
    }

    private static void Set(IHostApplicationBuilder builder, string? enabled) =>
        builder.Configuration.AddInMemoryCollection([new("extensions:durableTask:extendedSessionsEnabled", enabled)]);
}
