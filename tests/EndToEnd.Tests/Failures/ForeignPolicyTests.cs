using System.Text.Json.Nodes;
using MeshPort.Model;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>AuthorizationPolicies and EnvoyFilters of others at the gateway.</summary>
public sealed class ForeignPolicyTests
{
    private const string Security = "security.istio.io/v1";
    private const string Gateway = "aks-istio-ingress";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, FailureRow(Reasons.TrafficDenied)]
    [InlineData(Gateway, """{"action":"DENY","rules":[{"to":[{"operation":{"ports":["9000"]}}]}]}""")]
    [InlineData("aks-istio-system", """{"action":"ALLOW","rules":[{"to":[{"operation":{"ports":["443"]}}]}]}""")]
    [InlineData(Gateway, """{"action":"DENY","rules":[{"to":[{"operation":{"paths":["/admin*"]}}]}]}""")]
    [InlineData(Gateway, """{"rules":[{"to":[{"operation":{"hosts":["www.example.com"]}}]}]}""")]
    public async Task A_policy_that_denies_the_port_is_named_until_it_is_gone(string home, string policy)
    {
        await using var room = await FailureRoom.ReadyAsync(exposure: Quick());
        using var cluster = room.Host.Kubernetes();

        await cluster.CreateForeignAsync("authorizationpolicies", home, "locked", policy, Token, Security);
        await room.SeesAsync(
            ConditionTypes.RouteProgrammed,
            ConditionStatus.False,
            Reasons.TrafficDenied,
            $"AuthorizationPolicy {home}/locked belongs to others"
        );

        await cluster.DeleteForeignAsync("authorizationpolicies", home, "locked", Token, Security);
        await room.HealsAsync(ConditionTypes.RouteProgrammed);
    }

    [Fact]
    public async Task A_policy_that_denies_some_clients_is_named_where_the_probe_fails()
    {
        await using var room = await FailureRoom.ReadyAsync(exposure: Quick());
        using var cluster = room.Host.Kubernetes();

        await cluster.CreateForeignAsync(
            "authorizationpolicies",
            Gateway,
            "some",
            """{"action":"DENY","rules":[{"from":[{"source":{"ipBlocks":["0.0.0.0/0"]}}]}]}""",
            Token,
            Security
        );
        await Stories.StoryHost.UntilDialledAsync(await room.Host.AddressAsync(Token), 9000, "reset", Token);
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.False, Reasons.ConnectionReset, "");
        await Wait.UntilAsync(
            "the message names the policy",
            Walkthrough.Within,
            async () =>
                (await room.Host.StatusAsync(FailureRoom.ExposurePath, Token))
                    .GetRawText()
                    .Contains($"AuthorizationPolicy {Gateway}/some", StringComparison.Ordinal),
            Token
        );

        await cluster.DeleteForeignAsync("authorizationpolicies", Gateway, "some", Token, Security);
        await room.HealsAsync(ConditionTypes.Reachable, Reasons.Answered);
    }

    [Fact]
    public async Task A_cluster_in_which_MeshPort_may_not_list_policies_works()
    {
        await using var room = await FailureRoom.StartAsync();
        room.Break(FaultLayer.Kubernetes, FaultKind.Refused, "LIST *authorizationpolicies");
        room.Break(FaultLayer.Kubernetes, FaultKind.Refused, "LIST *envoyfilters");

        await room.AskClusterAsync();
        await room.AskExposureAsync();
        await room.HealsAsync(ConditionTypes.Ready);

        Assert.All(room.Host.Sandbox.World.Faults.All, fault => Assert.True(fault.Struck > 0));
    }

    private static JsonObject Quick()
    {
        var spec = FailureRoom.Echo();
        spec["probe"] = new JsonObject
        {
            ["send"] = "jose\n",
            ["expect"] = "hello jose",
            ["timeout"] = "PT1S",
        };
        return spec;
    }
}
