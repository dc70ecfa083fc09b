using k8s;
using MeshPort.EndToEnd.Tests.Stories;
using MeshPort.Model;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>DestinationRules of others that apply to the backend of an exposure through a wildcard or another namespace.</summary>
public sealed class ForeignRuleTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("aks-istio-system", "*.default.svc.cluster.local")]
    [InlineData("default", "*.default.svc.cluster.local")]
    [InlineData("aks-istio-ingress", "*")]
    public async Task A_wildcard_rule_of_others_is_reported_and_keeps_its_limits(string home, string host)
    {
        await using var world = await StoryHost.StartReadyAsync(Token);
        using var cluster = world.Kubernetes();
        await cluster.CreateForeignAsync("destinationrules", home, "limits", Rule(host), Token);
        var spec = MeshPortHost.Echo("mine", 9301);
        spec["idleTimeout"] = "PT30M";

        await world.FailAsync(await world.PutExposureAsync("mine", spec, Token), Token);
        Assert.Equal(
            ("False", Reasons.DestinationRuleConflict),
            await world.ConditionAsync(StoryHost.Exposure("mine"), ConditionTypes.RouteProgrammed, Token)
        );
        Assert.Contains(
            $"DestinationRule {home}/limits",
            await world.MessageAsync(StoryHost.Exposure("mine"), ConditionTypes.RouteProgrammed, Token),
            StringComparison.Ordinal
        );
        var rules = await cluster.CustomObjects.ListCustomObjectForAllNamespacesAsync(
            "networking.istio.io",
            "v1",
            "destinationrules",
            cancellationToken: Token
        );
        Assert.DoesNotContain("meshport-mine", rules.ToString(), StringComparison.Ordinal);

        await cluster.DeleteForeignAsync("destinationrules", home, "limits", Token);
        await cluster.CreateForeignAsync("destinationrules", home, "limits", Rule(host, "0.5h"), Token);
        await world.SucceedAsync(await world.ReconcileAsync(Token), Token);
        await world.UntilConditionAsync(StoryHost.Exposure("mine"), ConditionTypes.Ready, "True", Reasons.AsDesired, Token);
    }

    private static string Rule(string host, string? idle = null) =>
        $$$"""
            {"host":"{{{host}}}","trafficPolicy":{"connectionPool":{"tcp":{"maxConnections":5 {{{(
                idle is null ? "" : $",\"idleTimeout\":\"{idle}\""
            )}}} } } } }
            """;
}
