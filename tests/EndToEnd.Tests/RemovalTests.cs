using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests;

/// <summary>Batches of exposures, and removals: nothing stays half open, and objects of others stay.</summary>
public sealed class RemovalTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_batch_is_ready_at_once_and_a_removed_exposure_leaves_nothing_behind()
    {
        await using var host = await MeshPortHost.StartReadyAsync(Token);

        using var batch = await host.Client.PostAsJsonAsync(
            $"{MeshPortHost.Cluster}/exposures",
            new { put = new[] { Item("one", 9001), Item("two", 9002), Item("three", 9003) } },
            Token
        );
        Assert.Equal(HttpStatusCode.Accepted, batch.StatusCode);
        await host.SucceedAsync(Assert.IsType<Uri>(batch.Headers.Location), Token);

        await host.SucceedAsync(await host.DeleteAsync($"{MeshPortHost.Cluster}/exposures/two", Token), Token);

        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync($"{MeshPortHost.Cluster}/exposures/two", Token)).StatusCode);
        using var kubernetes = host.Kubernetes();
        foreach (
            var (group, plural) in new[]
            {
                ("networking.istio.io", "gateways"),
                ("networking.istio.io", "virtualservices"),
                ("apps", "deployments"),
            }
        )
        {
            var left = JsonSerializer.SerializeToElement(
                await kubernetes.CustomObjects.ListNamespacedCustomObjectAsync(
                    group,
                    "v1",
                    "default",
                    plural,
                    labelSelector: "app.kubernetes.io/managed-by=meshport",
                    cancellationToken: Token
                )
            );
            Assert.Equal(
                ["one", "three"],
                left.GetProperty("items")
                    .EnumerateArray()
                    .Select(item => item.GetProperty("metadata").GetProperty("labels").GetProperty("meshport.io/exposure").GetString())
                    .Order()
            );
        }

        var address = await host.AddressAsync(Token);
        Assert.True(await AcceptsAsync(address, 9001));
        Assert.False(await AcceptsAsync(address, 9002));
        await host.SucceedAsync(await host.PutExposureAsync("new", MeshPortHost.Echo("new", 9002), Token), Token);
    }

    [Fact]
    public async Task A_batch_of_deletions_is_one_operation_and_one_write_of_the_Service()
    {
        const int Count = 50;
        await using var host = await MeshPortHost.StartReadyAsync(Token);
        using var kubernetes = host.Kubernetes();
        await ForeignService.ServiceAsync(kubernetes, Token);
        await ForeignService.PodsAsync(kubernetes, Token);
        var names = Enumerable.Range(0, Count).Select(number => $"one{number}").ToList();
        using var made = await host.Client.PostAsJsonAsync(
            $"{MeshPortHost.Cluster}/exposures",
            new { put = names.Select((name, number) => new { name, spec = Of(9100 + number) }) },
            Token
        );
        await host.SucceedAsync(Assert.IsType<Uri>(made.Headers.Location), Token);
        var writes = host.Sandbox.Traffic.KubernetesWrites;

        using var batch = await host.Client.PostAsJsonAsync(
            $"{MeshPortHost.Cluster}/exposures",
            new { put = new[] { Item("new", 9000) }, delete = names.Append("nobody") },
            Token
        );

        Assert.Equal(HttpStatusCode.Accepted, batch.StatusCode);
        var results = (await batch.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(
            [("/put/0", "Created"), ("/delete/0", "Deleting"), ($"/delete/{Count}", "Unchanged")],
            new[] { results[0], results[1], results[^1] }.Select(one =>
                (one.GetProperty("pointer").GetString(), one.GetProperty("outcome").GetString())
            )
        );
        await host.SucceedAsync(Assert.IsType<Uri>(batch.Headers.Location), Token);
        // A Gateway and a VirtualService of each deleted exposure, four new objects, and the Service: once to close, once to open.
        Assert.Equal((2 * Count) + 4 + 2, host.Sandbox.Traffic.KubernetesWrites - writes);
        Assert.Equal(
            ["new"],
            (await host.Client.GetFromJsonAsync<JsonElement>($"{MeshPortHost.Cluster}/exposures", Token))
                .GetProperty("value")
                .EnumerateArray()
                .Select(one => one.GetProperty("metadata").GetProperty("name").GetString())
        );
    }

    [Fact]
    public async Task A_removal_that_the_cluster_refuses_fails_with_the_reason_and_a_later_one_succeeds()
    {
        await using var host = await MeshPortHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        using var kubernetes = host.Kubernetes();
        var down = host.Sandbox.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Kubernetes,
                Kind = FaultKind.InternalError,
                Operation = "DELETE virtualservices",
            }
        );

        var removal = await host.Client.EndAsync(
            await host.DeleteAsync($"{MeshPortHost.Cluster}/exposures/echo", Token),
            Walkthrough.Within,
            Token
        );

        Assert.Equal("Failed", removal.GetProperty("status").GetString());
        var step = removal.GetProperty("steps").EnumerateArray().Single(one => one.GetProperty("name").GetString() == "WithdrawExposures");
        Assert.Equal("Failed", step.GetProperty("status").GetString());
        Assert.NotEqual("", step.GetProperty("message").GetString());
        Assert.Equal(("False", "Removed"), await host.ConditionAsync($"{MeshPortHost.Cluster}/exposures/echo", "PortOpen", Token));
        Assert.Equal(("False", "Removed"), await host.ConditionAsync($"{MeshPortHost.Cluster}/exposures/echo", "Ready", Token));

        host.Sandbox.World.Faults.Remove(down.Id);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync($"{MeshPortHost.Cluster}/exposures/echo", Token)).StatusCode);
    }

    [Fact]
    public async Task A_forgotten_cluster_stays_unchanged_in_azure()
    {
        await using var host = await MeshPortHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        var address = await host.AddressAsync(Token);

        await host.SucceedAsync(await host.DeleteAsync($"{MeshPortHost.Cluster}?keepAzure=true", Token), Token);

        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync(MeshPortHost.Cluster, Token)).StatusCode);
        Assert.True(await AcceptsAsync(address, 9000));
        Assert.DoesNotContain(host.Sandbox.Operations, operation => operation.Kind.EndsWith("/delete", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_request_to_keep_Azure_cuts_a_running_removal_short()
    {
        await using var host = await MeshPortHost.StartReadyAsync(Token);
        host.Sandbox.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Arm,
                Kind = FaultKind.Unavailable,
                Operation = "DELETE managedClusters",
            }
        );
        var removal = await host.DeleteAsync(MeshPortHost.Cluster, Token);
        await Wait.UntilAsync("the removal has begun", Walkthrough.Within, () => host.Sandbox.World.Faults.All[0].Struck > 0, Token);

        var asked = host.Sandbox.Clock.GetUtcNow();
        var keeping = await host.DeleteAsync($"{MeshPortHost.Cluster}?keepAzure=true", Token);

        await host.SucceedAsync(keeping, Token);
        Assert.Equal("Canceled", (await host.Client.EndAsync(removal, Walkthrough.Within, Token)).GetProperty("status").GetString());
        Assert.InRange(host.Sandbox.Clock.GetUtcNow() - asked, TimeSpan.Zero, TimeSpan.FromHours(1)); // the step has 90 minutes
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync(MeshPortHost.Cluster, Token)).StatusCode);
        Assert.Single(host.Sandbox.ClusterIds);
    }

    [Fact]
    public async Task Removing_a_cluster_removes_everything_that_MeshPort_made_for_it()
    {
        await using var host = await MeshPortHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);

        await host.SucceedAsync(await host.DeleteAsync(MeshPortHost.Cluster, Token), Token);

        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync(MeshPortHost.Cluster, Token)).StatusCode);
        string[] deleted = ["managedClusters/delete", "virtualNetworks/delete"];
        Assert.All(
            deleted,
            kind => Assert.Single(host.Sandbox.Operations, operation => operation.Kind == kind && operation.Status == "Succeeded")
        );
        await host.PutClusterAsync(Token); // the name can be used again
    }

    [Fact]
    public async Task A_partly_created_cluster_can_be_removed()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        var creation = LongCreation.Begin(host);
        await host.PutClusterAsync(Token);
        await creation.IsUnderWayAsync(Token);

        var removal = await host.DeleteAsync(MeshPortHost.Cluster, Token);
        creation.End();
        await host.SucceedAsync(removal, Token);

        Assert.Contains(
            host.Sandbox.Operations,
            operation => operation.Kind == "managedClusters/delete" && operation.Status == "Succeeded"
        );
    }

    private static JsonObject Of(int port)
    {
        var spec = FailureRoom.Of("theirs", port);
        spec["backends"] = new JsonArray(new JsonObject { ["service"] = "theirs", ["port"] = 9000 });
        return spec;
    }

    private static object Item(string name, int port) => new { name, spec = MeshPortHost.Echo(name, port) };

    private static async Task<bool> AcceptsAsync(string address, int port)
    {
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(address, port, Token);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
