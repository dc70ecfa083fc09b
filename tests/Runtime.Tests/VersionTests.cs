using MeshPort.Runtime.Tests.Functions;

namespace MeshPort.Runtime.Tests;

public sealed class VersionTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_version_is_kept_inherited_by_children_changed_by_continue_as_new_and_used_by_a_restart()
    {
        await using var running = await RunningHost.StartAsync();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(
            nameof(VersionedOrchestrators.Versions),
            null,
            new StartOrchestrationOptions { Version = "2" },
            Cancelled
        );
        Assert.Equal(["2", "2", "9", "3", "3", "9"], (await running.CompletionAsync(id)).ReadOutputAs<string[]>() ?? []);
        await running.Client.RestartAsync(id, cancellation: Cancelled);
        Assert.Equal(["3", "3", "9"], (await running.CompletionAsync(id)).ReadOutputAs<string[]>()?[^3..] ?? []);
    }

    [Fact]
    public async Task An_instance_without_a_version_has_an_empty_one()
    {
        await using var running = await RunningHost.StartAsync();
        Assert.Equal("", (await running.RunAsync(nameof(VersionedOrchestrators.TellVersion))).ReadOutputAs<string>());
    }
}
