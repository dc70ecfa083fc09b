using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>The workloads that MeshPort deploys.</summary>
public sealed class WorkloadStories
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pods_that_start_while_the_gateway_waits_for_its_address_are_not_reported_as_failed()
    {
        await using var host = await StoryHost.StartAsync(Token);
        await host.PutClusterAsync(Token, StoryHost.ClusterSpec());

        await host.SucceedAsync(await host.PutExposureAsync("echo", Echo, Token), Token);

        var history = (await host.StatusAsync(StoryHost.Exposure("echo"), Token)).GetProperty("history");
        var statuses = history
            .EnumerateArray()
            .Where(entry => entry.GetProperty("type").GetString() == ConditionTypes.WorkloadReady)
            .Select(entry => entry.GetProperty("status").GetString())
            .ToList();
        Assert.Contains("True", statuses);
        Assert.DoesNotContain("False", statuses);
    }

    private static JsonObject Echo =>
        new()
        {
            ["port"] = 9000,
            ["backends"] = new JsonArray(new JsonObject { ["service"] = "echo", ["port"] = 9000 }),
            ["workload"] = new JsonObject
            {
                ["image"] = "istio/tcp-echo-server:1.1",
                ["args"] = new JsonArray("9000", "hello"),
                ["containerPort"] = 9000,
            },
        };
}
