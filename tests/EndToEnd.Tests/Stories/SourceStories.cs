using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Allowed sources: clients from different addresses connect to the same port.</summary>
public sealed class SourceStories
{
    private const string Friend = "127.30.1.2";
    private const string Stranger = "127.40.1.2";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_companion_services_allowed_sources_are_served_and_can_change()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With(spec => spec["strategy"] = "companionService"));
        await host.SucceedAsync(
            await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000).AllowedFrom("127.30.0.0/16"), Token),
            Token
        );

        var narrow = await host.AddressAsync("echo", Token);
        await StoryHost.UntilDialledAsync(narrow, 9000, "hello jose", Token, Friend);
        Assert.Equal(Dialing.Silent, await Dialing.AskAsync(narrow, 9000, Token, Stranger));
        // MeshPort connects from 127.0.0.1.
        Assert.Equal(("Unknown", "NotReachableFromHere"), await host.ConditionAsync(StoryHost.Exposure("echo"), "Reachable", Token));

        await host.SucceedAsync(
            await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000).AllowedFrom("127.0.0.0/8"), Token),
            Token
        );
        var wide = await host.AddressAsync("echo", Token);
        Assert.Equal(narrow, wide); // the exposures keep their Service
        Assert.Equal("hello jose", await Dialing.AskAsync(wide, 9000, Token, Stranger));
        Assert.Equal(("True", "Answered"), await host.ConditionAsync(StoryHost.Exposure("echo"), "Reachable", Token));

        await host.SucceedAsync(
            await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000).AllowedFrom("127.40.0.0/16"), Token),
            Token
        );
        var other = await host.AddressAsync("echo", Token);
        Assert.Equal(narrow, other);
        Assert.Equal("hello jose", await Dialing.AskAsync(other, 9000, Token, Stranger));
        Assert.Equal(Dialing.Silent, await Dialing.AskAsync(other, 9000, Token, Friend));
        using var kubernetes = host.Kubernetes();
        Assert.Single(
            (
                await kubernetes.CoreV1.ListServiceForAllNamespacesAsync(
                    labelSelector: "meshport.io/ports=companion",
                    cancellationToken: Token
                )
            ).Items
        ); // the Service of the other ranges is gone
    }

    [Fact]
    public async Task A_security_group_that_guards_other_nodes_restricts_nobody()
    {
        var own = StoryHost.ClusterSpec()["network"]?.DeepClone(); // the sample has one
        await using var host = await StoryHost.StartReadyAsync(Token, With(spec => spec.Remove("network")));
        await host.FailAsync(
            await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000).AllowedFrom("127.30.0.0/16"), Token),
            Token
        );
        Assert.Equal(("False", "SourcesNotRestrictable"), await host.ConditionAsync(StoryHost.Exposure("echo"), "Ready", Token));

        // MeshPort makes the network, and AKS moves no node.
        var moved = With(spec => spec["network"] = own?.DeepClone());
        Guard(moved);
        await host.FailAsync(await host.PutClusterAsync(Token, moved), Token);

        Assert.Equal(("True", "AsDesired"), await host.ConditionAsync(MeshPortHost.Cluster, "NetworkReady", Token));
        Assert.Equal(("False", "ClusterDiffers"), await host.ConditionAsync(MeshPortHost.Cluster, "ClusterReady", Token));
        Assert.Contains(
            "is in the network of AKS",
            await host.MessageAsync(MeshPortHost.Cluster, "ClusterReady", Token),
            StringComparison.Ordinal
        );
        Assert.Equal(("False", "SourcesNotRestrictable"), await host.ConditionAsync(StoryHost.Exposure("echo"), "Ready", Token));
        Assert.Equal(Dialing.Refused, await Dialing.AskAsync(await host.AddressAsync(Token), 9000, Token, Stranger));
    }

    [Fact]
    public async Task A_node_pool_of_others_behind_no_security_group_closes_ports_that_only_the_group_restricts()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With(Guard));
        await host.SucceedAsync(
            await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000).AllowedFrom("127.30.0.0/16"), Token),
            Token
        );
        await host.SucceedAsync(await host.PutExposureAsync("open", MeshPortHost.Echo("open", 9001), Token), Token);
        var address = await host.AddressAsync(Token);
        await StoryHost.UntilDialledAsync(address, 9000, "hello jose", Token, Friend);

        var network = StoryHost.ClusterSpec()["network"];
        var theirs = StoryHost.NetworkId($"virtualNetworks/{network?["vnet"]}/subnets/theirs");
        await host.PutAzureAsync(theirs, new JsonObject { ["properties"] = new JsonObject { ["addressPrefix"] = "10.13.99.0/24" } }, Token);
        var pool = $"{Walkthrough.Environment.ArmId}/agentPools/theirs";
        await host.PutAzureAsync(
            pool,
            new JsonObject
            {
                ["properties"] = new JsonObject
                {
                    ["count"] = 1,
                    ["mode"] = "User",
                    ["vmSize"] = "Standard_D2s_v5",
                    ["vnetSubnetID"] = theirs,
                },
            },
            Token
        );
        await host.FailAsync(await host.ReconcileAsync(Token), Token);

        Assert.Equal(("False", "ClusterDiffers"), await host.ConditionAsync(MeshPortHost.Cluster, "ClusterReady", Token));
        Assert.Equal(("False", "SourcesNotRestrictable"), await host.ConditionAsync(StoryHost.Exposure("echo"), "Ready", Token));
        Assert.Equal(
            (Dialing.Refused, "hello jose"),
            (await Dialing.AskAsync(address, 9000, Token, Friend), await Dialing.AskAsync(address, 9001, Token, Friend))
        );

        await host.DeleteAzureAsync(pool, Token);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        await StoryHost.UntilDialledAsync(address, 9000, "hello jose", Token, Friend);
    }

    [Fact]
    public async Task With_the_add_ons_service_the_subnets_security_group_admits_allowed_sources()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With(Guard));
        await host.SucceedAsync(await host.PutExposureAsync("open", MeshPortHost.Echo("open", 9000), Token), Token);
        await host.SucceedAsync(
            await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9001).AllowedFrom("127.30.0.0/16"), Token),
            Token
        );

        var address = await host.AddressAsync(Token);
        await StoryHost.UntilDialledAsync(address, 9001, "hello jose", Token, Friend);
        Assert.Equal(Dialing.Silent, await Dialing.AskAsync(address, 9001, Token, Stranger));
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9000, Token, Stranger)); // another port of the same address

        await host.SucceedAsync(
            await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9001).AllowedFrom("127.30.0.0/16", "127.40.1.2"), Token),
            Token
        );
        await StoryHost.UntilDialledAsync(address, 9001, "hello jose", Token, Stranger);

        await host.SucceedAsync(
            await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9001).AllowedFrom("127.40.0.0/16"), Token),
            Token
        );
        // Ready waits until Azure has deleted the other rule.
        Assert.Equal(Dialing.Silent, await Dialing.AskAsync(address, 9001, Token, Friend));
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9001, Token, Stranger));
    }

    [Fact]
    public async Task Sources_that_cannot_be_narrowed_are_reported_and_close_the_port()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("other", MeshPortHost.Echo("other", 9001), Token), Token);
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        var address = await host.AddressAsync(Token);
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9000, Token, Stranger));

        await host.FailAsync(
            await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000).AllowedFrom("127.30.0.0/16"), Token),
            Token
        );

        Assert.Equal(("False", "SourcesNotRestrictable"), await host.ConditionAsync(StoryHost.Exposure("echo"), "RouteProgrammed", Token));
        Assert.Contains("closed", await host.MessageAsync(StoryHost.Exposure("echo"), "RouteProgrammed", Token), StringComparison.Ordinal);
        await StoryHost.UntilDialledAsync(address, 9000, Dialing.Refused, Token, Stranger);
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9001, Token, Stranger));

        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9000, Token, Stranger));
    }

    [Fact]
    public async Task The_gateway_refuses_other_sources_if_its_service_keeps_client_addresses()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var kubernetes = host.Kubernetes();
        await kubernetes.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch("""{"spec":{"externalTrafficPolicy":"Local"}}""", V1Patch.PatchType.MergePatch),
            StoryHost.External,
            StoryHost.Ingress,
            cancellationToken: Token
        );

        await host.SucceedAsync(
            await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000).AllowedFrom("127.0.0.1", "127.30.0.0/16"), Token),
            Token
        );

        var address = await host.AddressAsync(Token);
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9000, Token, Friend));
        Assert.Equal(Dialing.Reset, await Dialing.AskAsync(address, 9000, Token, Stranger));
    }

    [Fact]
    public async Task Narrower_sources_apply_at_once_despite_other_obstacles()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var kubernetes = host.Kubernetes();
        await kubernetes.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch("""{"spec":{"externalTrafficPolicy":"Local"}}""", V1Patch.PatchType.MergePatch),
            StoryHost.External,
            StoryHost.Ingress,
            cancellationToken: Token
        );
        await kubernetes.DeployEchoAsync("echo", 7000, Token);
        await host.SucceedAsync(await host.PutExposureAsync("echo", StoryHost.Of(9000, ("echo", "default", 7000, null)), Token), Token);
        var address = await host.AddressAsync(Token);

        await host.PutExposureAsync("echo", StoryHost.Of(9000, ("nobody", "default", 7000, null)).AllowedFrom("127.30.0.0/16"), Token);

        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "RouteProgrammed", "False", "BackendNotFound", Token);
        Assert.Equal(Dialing.Reset, await Dialing.AskAsync(address, 9000, Token, Stranger));
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9000, Token, Friend)); // over the old route
    }

    [Fact]
    public async Task Narrower_sources_of_one_exposure_on_a_shared_port_close_it()
    {
        await using var host = await StoryHost.StartAsync(Token);
        await using var one = OutsideServer.Tls("one");
        await using var two = OutsideServer.Tls("two");
        await host.PutClusterAsync(Token, With(Guard));
        await host.SucceedAsync(await host.PutExposureAsync("one", Tls(one), Token), Token);
        await host.SucceedAsync(await host.PutExposureAsync("two", Tls(two), Token), Token);
        var address = await host.AddressAsync(Token);
        Assert.NotEqual(TlsClient.Refused, await TlsClient.AskAsync(address, 8443, "one.example.com", Token));

        await host.FailAsync(await host.PutExposureAsync("one", Tls(one).AllowedFrom("127.30.0.0/16"), Token), Token);

        Assert.Equal(("False", "SourcesNotRestrictable"), await host.ConditionAsync(StoryHost.Exposure("one"), "RouteProgrammed", Token));
        Assert.Equal(TlsClient.Refused, await TlsClient.AskAsync(address, 8443, "one.example.com", Token));
        Assert.NotEqual(TlsClient.Refused, await TlsClient.AskAsync(address, 8443, "two.example.com", Token));
    }

    private static JsonObject Tls(OutsideServer server) =>
        new()
        {
            ["port"] = 8443,
            ["protocol"] = "TLS",
            ["sniHosts"] = new JsonArray($"{server.Host.Split('.')[0]}.example.com"),
            ["backends"] = new JsonArray(new JsonObject { ["service"] = server.Host, ["port"] = server.Port }),
        };

    private static JsonObject With(Action<JsonObject> change)
    {
        var spec = StoryHost.ClusterSpec();
        change(spec);
        return spec;
    }

    /// <summary>A separate subnet with a security group.</summary>
    private static void Guard(JsonObject spec) => Assert.IsType<JsonObject>(spec["network"])["networkSecurityGroup"] = "guard";
}
