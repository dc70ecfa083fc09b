using System.Text.Json.Nodes;
using k8s;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Backends: Services of several namespaces, weights, and servers outside the cluster.</summary>
public sealed class BackendStories
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Services_of_other_namespaces_are_reached_and_share_by_weight()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var kubernetes = host.Kubernetes();
        await kubernetes.DeployEchoAsync("echo", 7000, Token, "stable", "shop");
        await kubernetes.DeployEchoAsync("echo", 7001, Token, "canary", "lab");

        await host.SucceedAsync(await host.PutExposureAsync("alone", StoryHost.Of(9000, ("echo", "lab", 7001, null)), Token), Token);
        await host.SucceedAsync(
            await host.PutExposureAsync("shared", StoryHost.Of(9001, ("echo", "shop", 7000, 80), ("echo", "lab", 7001, 20)), Token),
            Token
        );

        var address = await host.AddressAsync(Token);
        Assert.Equal("canary jose", await Dialing.AskAsync(address, 9000, Token));
        Assert.InRange(await CanariesAsync(address), 40, 120); // of 400, 80 with a deviation of 8

        await host.SucceedAsync(
            await host.PutExposureAsync("shared", StoryHost.Of(9001, ("echo", "shop", 7000, 0), ("echo", "lab", 7001, 100)), Token),
            Token
        );
        Assert.Equal(400, await CanariesAsync(address));
    }

    [Fact]
    public async Task A_server_outside_the_cluster_is_reached_by_name_and_removed_with_its_exposure()
    {
        await using var host = await StoryHost.StartAsync(Token);
        await using var outside = OutsideServer.Plain("mainframe");
        await host.PutClusterAsync(Token, StoryHost.ClusterSpec());
        await host.SucceedAsync(await host.PutExposureAsync("inside", MeshPortHost.Echo("inside", 9001), Token), Token);
        await host.SucceedAsync(
            await host.PutExposureAsync("mainframe", StoryHost.Of(9000, (outside.Host, "default", outside.Port, null)), Token),
            Token
        );
        Assert.Equal("mainframe jose", await Dialing.AskAsync(await host.AddressAsync(Token), 9000, Token));
        using var kubernetes = host.Kubernetes();
        Assert.Equal(1, await EntriesAsync(kubernetes));

        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("mainframe"), Token), Token);

        Assert.Equal(0, await EntriesAsync(kubernetes));
        Assert.Equal(Dialing.Refused, await Dialing.AskAsync(await host.AddressAsync(Token), 9000, Token));
    }

    [Fact]
    public async Task A_workload_that_goes_takes_its_Service_from_the_exposures_that_use_it()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        var spec = MeshPortHost.Echo("echo", 9000);
        await host.SucceedAsync(await host.PutExposureAsync("echo", spec, Token), Token);
        await host.SucceedAsync(await host.PutExposureAsync("user", StoryHost.Of(9001, ("echo", "default", 9000, null)), Token), Token);

        spec.Remove("workload");
        await host.FailAsync(await host.PutExposureAsync("echo", spec, Token), Token);

        foreach (var name in new[] { "echo", "user" })
        {
            Assert.Equal(("False", "BackendNotFound"), await host.ConditionAsync(StoryHost.Exposure(name), "RouteProgrammed", Token));
        }
    }

    [Fact]
    public async Task A_missing_backend_is_reported_does_not_block_others_and_recovers_when_it_exists()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, null, ("MeshPort:Resync:ManagedService", "PT1M"));
        var late = await host.PutExposureAsync("late", StoryHost.Of(9000, ("late", "shop", 7000, null)), Token);
        await host.SucceedAsync(await host.PutExposureAsync("good", MeshPortHost.Echo("good", 9001), Token), Token);
        await host.FailAsync(late, Token);
        Assert.Equal(("False", "BackendNotFound"), await host.ConditionAsync(StoryHost.Exposure("late"), "RouteProgrammed", Token));
        Assert.Contains(
            "shop/late",
            await host.MessageAsync(StoryHost.Exposure("late"), "RouteProgrammed", Token),
            StringComparison.Ordinal
        );
        var address = await host.AddressAsync(Token);
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9001, Token));

        using var kubernetes = host.Kubernetes();
        await kubernetes.DeployEchoAsync("late", 7000, Token, home: "shop");

        await host.UntilConditionAsync(StoryHost.Exposure("late"), "Ready", "True", "AsDesired", Token);
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9000, Token));
    }

    [Fact]
    public async Task A_backend_in_another_namespace_moves_the_route()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var kubernetes = host.Kubernetes();
        await kubernetes.DeployEchoAsync("echo", 7000, Token, "shop", "shop");
        await kubernetes.DeployEchoAsync("echo", 7000, Token, "lab", "lab");
        await host.SucceedAsync(await host.PutExposureAsync("echo", StoryHost.Of(9000, ("echo", "shop", 7000, null)), Token), Token);
        var address = await host.AddressAsync(Token);
        Assert.Equal("shop jose", await Dialing.AskAsync(address, 9000, Token));

        await host.SucceedAsync(await host.PutExposureAsync("echo", StoryHost.Of(9000, ("echo", "lab", 7000, null)), Token), Token);

        await StoryHost.UntilDialledAsync(address, 9000, "lab jose", Token);
        var gateways = await kubernetes.CustomObjects.ListCustomObjectForAllNamespacesAsync(
            "networking.istio.io",
            "v1",
            "gateways",
            cancellationToken: Token
        );
        Assert.Single(System.Text.Json.JsonSerializer.SerializeToNode(gateways)?["items"] as JsonArray ?? []);
    }

    private static async Task<int> CanariesAsync(string address)
    {
        var canaries = 0;
        for (var count = 0; count < 400; count++)
        {
            canaries += await Dialing.AskAsync(address, 9001, Token) == "canary jose" ? 1 : 0;
        }

        return canaries;
    }

    private static async Task<int> EntriesAsync(IKubernetes kubernetes) =>
        System
            .Text.Json.JsonSerializer.SerializeToElement(
                await kubernetes.CustomObjects.ListCustomObjectForAllNamespacesAsync(
                    "networking.istio.io",
                    "v1",
                    "serviceentries",
                    cancellationToken: Token
                )
            )
            .GetProperty("items")
            .GetArrayLength();
}
