using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>
/// Ports of the previous strategy that stay open while the new strategy is not available. Their source restrictions stay in force.
/// </summary>
public sealed class StrategyChangeStories
{
    private const string Friend = "127.30.1.2";
    private const string Stranger = "127.40.1.2";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_gateway_refuses_other_sources_while_the_add_ons_port_is_open_and_no_client_of_the_new_strategy()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With("managedService"));
        using var kubernetes = host.Kubernetes();
        await kubernetes.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch("""{"spec":{"externalTrafficPolicy":"Local"}}""", V1Patch.PatchType.MergePatch),
            StoryHost.External,
            StoryHost.Ingress,
            cancellationToken: Token
        );
        await host.SucceedAsync(
            await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000).AllowedFrom("127.30.0.0/16"), Token),
            Token
        );
        var address = await host.AddressAsync("echo", Token);

        await host.PutClusterAsync(Token, With("gatewayApi")); // the cluster's Istio does not serve it
        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "RouteProgrammed", "False", "StrategyNotServed", Token);
        Assert.Equal(
            ("hello jose", Dialing.Reset),
            (await Dialing.AskAsync(address, 9000, Token, Friend), await Dialing.AskAsync(address, 9000, Token, Stranger))
        );

        await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000).AllowedFrom("127.40.0.0/16"), Token);
        await StoryHost.UntilDialledAsync(address, 9000, "hello jose", Token, Stranger);
        Assert.Equal(Dialing.Reset, await Dialing.AskAsync(address, 9000, Token, Friend));

        await host.PutClusterAsync(Token, With("companionService"));
        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "Ready", "True", "AsDesired", Token);
        await StoryHost.UntilDialledAsync(address, 9000, Dialing.Refused, Token, Stranger);
        var another = await host.AddressAsync("echo", Token);
        await StoryHost.UntilDialledAsync(another, 9000, "hello jose", Token, Stranger);
        Assert.Equal(Dialing.Silent, await Dialing.AskAsync(another, 9000, Token, Friend));
    }

    [Fact]
    public async Task The_security_group_refuses_other_sources_while_the_add_ons_port_is_open()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With("managedService", isGuarded: true));
        await host.SucceedAsync(
            await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000).AllowedFrom("127.30.0.0/16"), Token),
            Token
        );
        Assert.Contains(await RulesAsync(host), rule => rule.EndsWith("-others", StringComparison.Ordinal));

        await host.PutClusterAsync(Token, With("gatewayApi", isGuarded: true));
        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "RouteProgrammed", "False", "StrategyNotServed", Token);
        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "Ready", "False", "StrategyNotServed", Token);

        Assert.Contains(await RulesAsync(host), rule => rule.EndsWith("-others", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_change_to_the_gateway_api_ends_when_the_previous_routes_are_gone()
    {
        var before = OnNewIstio(With("companionService"));
        await using var host = await StoryHost.StartReadyAsync(Token, before);
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9001), Token), Token);
        await host.SucceedAsync(await host.PutExposureAsync("two", MeshPortHost.Echo("two", 9002), Token), Token);

        await host.SucceedAsync(await host.PutClusterAsync(Token, OnNewIstio(With("gatewayApi"))), Token);

        using var kubernetes = host.Kubernetes();
        Assert.Empty(
            (
                await kubernetes.CoreV1.ListNamespacedServiceAsync(
                    StoryHost.Ingress,
                    labelSelector: "app.kubernetes.io/managed-by=meshport",
                    cancellationToken: Token
                )
            ).Items
        );
        foreach (var plural in new[] { "gateways", "virtualservices" })
        {
            var routes = await kubernetes.CustomObjects.ListClusterCustomObjectAsync(
                "networking.istio.io",
                "v1",
                plural,
                cancellationToken: Token
            );
            Assert.Empty(JsonSerializer.SerializeToElement(routes).GetProperty("items").EnumerateArray());
        }
    }

    [Fact]
    public async Task A_dry_run_removes_nothing_from_exposures_that_the_new_strategy_cannot_serve()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With("managedService"));
        using var kubernetes = host.Kubernetes();
        await kubernetes.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch("""{"spec":{"externalTrafficPolicy":"Local"}}""", V1Patch.PatchType.MergePatch),
            StoryHost.External,
            StoryHost.Ingress,
            cancellationToken: Token
        );
        await host.SucceedAsync(
            await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000).AllowedFrom("127.30.0.0/16"), Token),
            Token
        );
        await host.SucceedAsync(await host.PutClusterAsync(Token, With("gatewayApi")), Token);
        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "RouteProgrammed", "False", "StrategyNotServed", Token);
        var one = await host.PlanAsync(
            HttpMethod.Put,
            StoryHost.Exposure("echo"),
            MeshPortHost.Echo("echo", 9000).AllowedFrom("127.31.0.0/16"),
            Token
        );
        await host.SucceedAsync(await host.PutClusterAsync(Token, With("managedService")), Token);

        var all = await host.PlanAsync(HttpMethod.Put, MeshPortHost.Cluster, With("gatewayApi"), Token); // the definitions exist by now

        Assert.DoesNotContain(one.Concat(all), change => change["action"]?.GetValue<string>() == "delete");
        Assert.Contains(
            one,
            change => $"{change["action"]} {change["target"]}" == $"update AuthorizationPolicy {StoryHost.Ingress}/meshport-echo"
        );
    }

    private static async Task<IReadOnlyList<string>> RulesAsync(MeshPortHost host) =>
        [
            .. (
                (await host.FindAzureAsync(StoryHost.NetworkId("networkSecurityGroups/guard"), Token))?["properties"]?["securityRules"]
                    as JsonArray
                ?? []
            )
                .Where(rule => rule?["properties"]?["provisioningState"]?.GetValue<string>() == "Succeeded")
                .Select(rule => rule?["name"]?.GetValue<string>() ?? ""),
        ];

    /// <summary>The first versions with TCP listeners of the Gateway API.</summary>
    private static JsonObject OnNewIstio(JsonObject spec)
    {
        spec["kubernetesVersion"] = "1.37";
        spec["mesh"] = new JsonObject { ["revision"] = "asm-1-31", ["gateways"] = new JsonArray("external") };
        return spec;
    }

    private static JsonObject With(string strategy, bool isGuarded = false)
    {
        var spec = StoryHost.ClusterSpec();
        spec["strategy"] = strategy;
        if (isGuarded && spec["network"] is JsonObject network)
        {
            network["networkSecurityGroup"] = "guard";
        }

        return spec;
    }
}
