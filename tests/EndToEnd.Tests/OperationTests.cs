using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.EndToEnd.Tests.Stories;
using MeshPort.State;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests;

/// <summary>Operations that later requests cancel, and lists after an interrupted request.</summary>
public sealed class OperationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_spec_cancels_the_previous_operation_and_no_other()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        var creation = LongCreation.Begin(host);
        var first = await host.PutClusterAsync(Token);
        var echo = await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token);
        await creation.IsUnderWayAsync(Token);

        var spec = MeshPortHost.ClusterSpec();
        spec["tags"] = new JsonObject { ["team"] = "net" };
        var second = await host.PutClusterAsync(Token, spec);

        Assert.Equal("Canceled", await StatusAsync(host, first));
        creation.End();
        await host.SucceedAsync(second, Token);
        await host.SucceedAsync(echo, Token);
    }

    [Fact]
    public async Task A_new_spec_of_an_exposure_cancels_the_previous_operation_and_the_same_spec_does_not()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        var creation = LongCreation.Begin(host);
        await host.PutClusterAsync(Token);
        var wrong = await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token);
        var right = await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9001), Token);
        await creation.IsUnderWayAsync(Token);
        using var same = await host.Client.PutAsJsonAsync(
            $"{MeshPortHost.Cluster}/exposures/echo",
            new { spec = MeshPortHost.Echo("echo", 9001) },
            Token
        );
        Assert.Equal(HttpStatusCode.OK, same.StatusCode);

        creation.End();

        await host.SucceedAsync(right, Token);
        Assert.Equal("Canceled", await StatusAsync(host, wrong));
    }

    [Fact]
    public async Task A_removal_before_the_creation_ends_cancels_its_operation()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        var cluster = await host.PutClusterAsync(Token);
        var echo = await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token);
        var gone = await host.DeleteAsync($"{MeshPortHost.Cluster}/exposures/echo", Token);

        await host.SucceedAsync(gone, Token);
        Assert.Equal("Canceled", await StatusAsync(host, echo));
        await host.SucceedAsync(cluster, Token);
    }

    [Fact]
    public async Task A_cluster_that_is_removed_cancels_the_operations_of_its_exposures()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        var creation = LongCreation.Begin(host);
        await host.PutClusterAsync(Token);
        var echo = await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token);
        await creation.IsUnderWayAsync(Token);

        var gone = await host.DeleteAsync(MeshPortHost.Cluster, Token);
        creation.End();

        await host.SucceedAsync(gone, Token);
        Assert.Equal("Canceled", await StatusAsync(host, echo));
    }

    [Fact]
    public async Task A_reconcile_request_during_a_convergence_ends_after_the_cluster_was_observed_again()
    {
        var spec = StoryHost.ClusterSpec();
        spec["upgrades"] = new JsonObject { ["channel"] = "patch" };
        await using var host = await StoryHost.StartReadyAsync(Token, spec);
        var slow = MeshPortHost.Echo("slow", 9000);
        slow["workload"]!["readinessProbe"] = new JsonObject // Echo has a workload
        {
            ["tcpSocket"] = new JsonObject { ["port"] = 9000 },
            ["initialDelaySeconds"] = 300,
        };
        var exposure = await host.PutExposureAsync("slow", slow, Token);
        await host.UntilConditionAsync(StoryHost.Exposure("slow"), "WorkloadReady", "Unknown", "WorkloadStarting", Token);

        await host.ChangeManagedClusterAsync(
            properties => properties["autoUpgradeProfile"]!["upgradeChannel"] = "none", // the spec has written it
            Token
        );
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);

        var cluster = await host.FindAzureAsync(Walkthrough.Environment.ArmId, Token);
        Assert.Equal("patch", cluster?["properties"]?["autoUpgradeProfile"]?["upgradeChannel"]?.GetValue<string>());
        await host.SucceedAsync(exposure, Token);
    }

    [Fact]
    public async Task Behind_a_gateway_links_lead_through_it()
    {
        await using var host = await MeshPortHost.StartAsync(Token, ("MeshPort:PublicUrl", "https://ports.example.com/mesh/"));
        var cluster = await host.PutClusterAsync(Token);
        await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token);
        await host.PutExposureAsync("two", MeshPortHost.Echo("two", 9001), Token);

        Assert.StartsWith(
            $"https://ports.example.com/mesh{MeshPortHost.Cluster}/operations/",
            cluster.AbsoluteUri,
            StringComparison.Ordinal
        );
        var page = await host.Client.GetFromJsonAsync<JsonElement>($"{MeshPortHost.Cluster}/exposures?top=1", Token);
        Assert.StartsWith(
            $"https://ports.example.com/mesh{MeshPortHost.Cluster}/exposures?top=1&after=",
            page.GetProperty("nextLink").GetString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_name_from_an_interrupted_request_hides_no_cluster_from_the_list()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        var (group, store) = (
            MeshPortHost.Cluster[..MeshPortHost.Cluster.LastIndexOf('/')],
            host.Functions.Services.GetRequiredService<IStateStore>()
        );
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            var id = MeshPortHost.Id with { Name = name };
            using var answer = name is "a" or "c"
                ? null
                : await host.Client.PutAsJsonAsync(id.Path, new { spec = new { location = "eastus2" } }, Token);
            await store.TryCommitAsync(Documents.Index, [StateChange.Put(Documents.Partition(id), new ClusterIndexDocument(id))], Token);
        }

        var names = new List<string?>();
        for (var next = $"{group}?top=1"; next is not null; )
        {
            var page = await host.Client.GetFromJsonAsync<JsonElement>(next, Token);
            names.AddRange(
                page.GetProperty("value")
                    .EnumerateArray()
                    .Select(cluster => cluster.GetProperty("metadata").GetProperty("name").GetString())
            );
            next = page.TryGetProperty("nextLink", out var link) ? link.GetString() : null;
        }

        Assert.Equal(["b", "d"], names);
    }

    private static async Task<string?> StatusAsync(MeshPortHost host, Uri operation)
    {
        var end = await host.Client.EndAsync(operation, Walkthrough.Within, Token);
        Assert.Equal(100, end.GetProperty("percent").GetInt32());
        return end.GetProperty("status").GetString();
    }
}
