using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.DataPlane;

public sealed class NetworkPolicyTests
{
    private const string Policies = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies";

    /// <summary>Everything is closed for the pod except what the rules allow.</summary>
    [Theory]
    [InlineData("", "reset")]
    [InlineData("""{"from":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"aks-istio-ingress"}}}]}""", "hello x")]
    [InlineData("""{"from":[{"namespaceSelector":{"matchExpressions":[{"key":"none","operator":"Exists"}]}}]}""", "reset")]
    [InlineData("""{"from":[{"podSelector":{}}]}""", "reset")]
    [InlineData("""{"from":[{"ipBlock":{"cidr":"0.0.0.0/0"}}],"ports":[{"protocol":"TCP","port":8000,"endPort":9000}]}""", "hello x")]
    [InlineData("""{"from":[{"ipBlock":{"cidr":"0.0.0.0/0"}}],"ports":[{"protocol":"TCP","port":9001},{"protocol":"UDP"}]}""", "reset")]
    public async Task A_policy_closes_the_way_from_the_gateway_to_the_pod(string rule, string outcome)
    {
        Assert.SkipUnless(
            ResourceCatalog.All.Any(type => type.Plural == "networkpolicies"),
            "The API server does not have NetworkPolicies yet."
        );
        await using var cluster = await TestCluster.StartAsync(TestCluster.Shape with { EnforcesNetworkPolicies = true });
        await WalkThrough.AllAsync(cluster);
        var address = await cluster.GatewayAddressAsync();
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);

        await cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            Policies,
            $$$"""{"metadata":{"name":"closed"},"spec":{"podSelector":{"matchLabels":{"app":"tcpecho"} },"ingress":[{{{rule}}}]}}"""
        );

        Assert.Equal(outcome, await Dial.OutcomeAsync(address, 9000, TestCluster.Token));
    }

    [Fact]
    public async Task A_cluster_without_an_engine_ignores_policies()
    {
        Assert.SkipUnless(
            ResourceCatalog.All.Any(type => type.Plural == "networkpolicies"),
            "The API server does not have NetworkPolicies yet."
        );
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.AllAsync(cluster);
        var address = await cluster.GatewayAddressAsync();
        await cluster.ExpectAsync(201, HttpMethod.Post, Policies, """{"metadata":{"name":"closed"},"spec":{"podSelector":{}}}""");

        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
    }
}
