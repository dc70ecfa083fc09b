using MeshPort.Runtime.Durable;
using MeshPort.Runtime.Tests.Functions;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Tests;

public sealed class ActivityLimitTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task As_many_activities_run_at_once_as_host_json_says()
    {
        var limit = EngineLimits.Default.Activities + 8;
        await using var running = await RunningHost.StartAsync(builder =>
            builder.Configuration.AddInMemoryCollection([new("extensions:durableTask:maxConcurrentActivityFunctions", $"{limit}")])
        );
        var ids = new List<string>();
        for (var number = 0; number <= limit; number++)
        {
            ids.Add(await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Gated), $"{number}", Cancelled));
        }

        await Wait.UntilAsync(() => running.Effects.Log.Count >= limit, Cancelled);
        Assert.Equal(limit, running.Effects.Log.Count); // one more waits
        running.Effects.Gate.SetResult();
        foreach (var id in ids)
        {
            Assert.Equal(OrchestrationRuntimeStatus.Completed, (await running.CompletionAsync(id)).RuntimeStatus);
        }
    }
}
