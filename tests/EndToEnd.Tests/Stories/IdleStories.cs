using System.Net.Sockets;
using System.Text.Json.Nodes;
using k8s;
using MeshPort.EndToEnd.Tests.Failures;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>
/// The idle timeouts of the load balancer and the gateway. The tests hold and advance the simulated time.
/// </summary>
public sealed class IdleStories
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("managedService")]
    [InlineData("companionService")]
    public async Task An_idle_connection_lives_as_long_as_the_idle_timeout(string strategy)
    {
        await using var host = await StoryHost.StartAsync(Token);
        var cluster = StoryHost.ClusterSpec();
        cluster["strategy"] = strategy;
        await host.PutClusterAsync(Token, cluster);
        await host.SucceedAsync(await host.PutExposureAsync("patient", Idle("patient", 9000, "PT20M"), Token), Token);
        var address = await host.AddressAsync("patient", Token);
        await Wait.UntilAsync(
            "nothing is left to do",
            Walkthrough.Within,
            async () => (await host.ConditionAsync(MeshPortHost.Cluster, "Ready", Token)).Status == "True",
            Token
        );

        host.Sandbox.Clock.Hold();
        using var client = Assert.IsType<Socket>((await Dialing.ConnectAsync(address, 9000, Token)).Socket);
        Assert.Equal("hello jose", await Dialing.ConverseAsync(client, "jose\n", Token));
        host.Sandbox.Clock.Advance(TimeSpan.FromMinutes(19));
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9000, Token)); // expired connections are closed by now
        Assert.Equal("hello again", await Dialing.ConverseAsync(client, "again\n", Token));
        await Wait.UntilAsync(
            "the connection is closed",
            Walkthrough.Within,
            () =>
            {
                host.Sandbox.Clock.Advance(TimeSpan.FromMinutes(21));
                return client.Poll(0, SelectMode.SelectRead);
            },
            Token
        );
        Assert.NotEqual("hello late", await Dialing.ConverseAsync(client, "late\n", Token));
    }

    [Fact]
    [FailureRow("DestinationRuleConflict")]
    public async Task A_rule_of_others_for_the_backend_is_reported_left_alone_and_used_if_it_has_the_same_timeout()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var kubernetes = host.Kubernetes();
        await kubernetes.DeployEchoAsync("shop", 7000, Token);
        await kubernetes.CustomObjects.CreateNamespacedCustomObjectAsync(
            Rule("shop", "60s"),
            "networking.istio.io",
            "v1",
            "default",
            "destinationrules",
            cancellationToken: Token
        );
        var spec = StoryHost.Of(9000, ("shop", "default", 7000, null));
        spec["idleTimeout"] = "PT10M";
        var shop = await host.PutExposureAsync("shop", spec, Token);
        await host.SucceedAsync(await host.PutExposureAsync("other", Idle("other", 9001, "PT10M"), Token), Token);
        await host.FailAsync(shop, Token);

        Assert.Equal(("False", "DestinationRuleConflict"), await host.ConditionAsync(StoryHost.Exposure("shop"), "RouteProgrammed", Token));
        Assert.Contains(
            "default/shop",
            await host.MessageAsync(StoryHost.Exposure("shop"), "RouteProgrammed", Token),
            StringComparison.Ordinal
        );
        Assert.Equal(["meshport-other", "shop"], await RulesAsync(kubernetes));

        await kubernetes.CustomObjects.DeleteNamespacedCustomObjectAsync(
            "networking.istio.io",
            "v1",
            "default",
            "destinationrules",
            "shop",
            cancellationToken: Token
        );
        await kubernetes.CustomObjects.CreateNamespacedCustomObjectAsync(
            Rule("shop", "600s"),
            "networking.istio.io",
            "v1",
            "default",
            "destinationrules",
            cancellationToken: Token
        );
        await host.ReconcileAsync(Token);
        await host.UntilConditionAsync(StoryHost.Exposure("shop"), "Ready", "True", "AsDesired", Token);
        Assert.Equal(["meshport-other", "shop"], await RulesAsync(kubernetes));
    }

    private static JsonObject Idle(string name, int port, string time)
    {
        var spec = MeshPortHost.Echo(name, port);
        spec["idleTimeout"] = time;
        return spec;
    }

    private static Dictionary<string, object> Rule(string host, string time) =>
        new()
        {
            ["apiVersion"] = "networking.istio.io/v1",
            ["kind"] = "DestinationRule",
            ["metadata"] = new { name = host },
            ["spec"] = new { host, trafficPolicy = new { connectionPool = new { tcp = new { idleTimeout = time } } } },
        };

    private static async Task<IReadOnlyList<string?>> RulesAsync(IKubernetes kubernetes) =>
        [
            .. (
                System
                    .Text.Json.JsonSerializer.SerializeToNode(
                        await kubernetes.CustomObjects.ListCustomObjectForAllNamespacesAsync(
                            "networking.istio.io",
                            "v1",
                            "destinationrules",
                            cancellationToken: Token
                        )
                    )
                    ?["items"] as JsonArray
                ?? []
            )
                .Select(rule => rule?["metadata"]?["name"]?.GetValue<string>())
                .Order(),
        ];
}
