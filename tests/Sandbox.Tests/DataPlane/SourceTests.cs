using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.DataPlane;

public sealed class SourceTests
{
    [Theory]
    [InlineData("""{"spec":{"loadBalancerSourceRanges":["127.30.0.0/16"]}}""")]
    [InlineData("""{"metadata":{"annotations":{"service.beta.kubernetes.io/azure-allowed-ip-ranges":"127.30.0.0/16, 203.0.113.0/24"}}}""")]
    public async Task Only_allowed_sources_of_a_Service_get_an_answer(string restriction)
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.AllAsync(cluster);
        var address = await cluster.GatewayAddressAsync();
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);

        await PatchAsync(cluster, restriction);

        await Wait.UntilAsync(
            async () => await Dial.AnswersAsync(address, 9000, "127.0.0.1", TestCluster.Token) is false,
            TestCluster.Token
        );
        await Wait.UntilAsync(
            async () => await Dial.AnswersAsync(address, 9000, "127.30.1.2", TestCluster.Token) is true,
            TestCluster.Token
        );
    }

    [Fact]
    public async Task An_internal_gateway_answers_only_clients_in_the_virtual_network()
    {
        await using var cluster = await TestCluster.StartAsync(
            TestCluster.Shape with
            {
                Mesh = new MeshPort.Sandbox.Kubernetes.MeshShape(["asm-1-30"], ExternalGateway: false, InternalGateway: true),
            }
        );
        var address = await Wait.ForAsync(
            async () =>
                (
                    await cluster.ExpectAsync(
                        200,
                        HttpMethod.Get,
                        $"/api/v1/namespaces/{TestCluster.Ingress}/services/aks-istio-ingressgateway-internal"
                    )
                )["status"]
                    ?["loadBalancer"]?["ingress"]?[0]?["ip"]?.ToString(),
            TestCluster.Token
        );
        var inside = cluster.World.Addresses.Inside;

        Assert.True(inside.Contains(System.Net.IPAddress.Parse(address)));
        await Wait.UntilAsync(
            async () =>
                await Dial.AnswersAsync(
                    address,
                    15021,
                    inside.BaseAddress.ToString().Replace(".0", ".9", StringComparison.Ordinal),
                    TestCluster.Token
                )
                    is true,
            TestCluster.Token
        );
        Assert.False(await Dial.AnswersAsync(address, 15021, "127.0.0.1", TestCluster.Token));
    }

    [Fact]
    public async Task Sources_of_a_Service_close_its_internal_address_to_the_clients_of_a_Service_without_sources()
    {
        await using var cluster = await TestCluster.StartAsync(
            TestCluster.Shape with
            {
                Mesh = new MeshPort.Sandbox.Kubernetes.MeshShape(["asm-1-30"], ExternalGateway: false, InternalGateway: true),
            }
        );
        const string Services = $"/api/v1/namespaces/{TestCluster.Ingress}/services";
        var address = await Wait.ForAsync(
            async () =>
                (await cluster.ExpectAsync(200, HttpMethod.Get, $"{Services}/aks-istio-ingressgateway-internal"))["status"]
                    ?["loadBalancer"]?["ingress"]?[0]?["ip"]?.ToString(),
            TestCluster.Token
        );
        var inside = cluster.World.Addresses.Inside.BaseAddress.ToString();
        await UntilAnswersAsync(true);

        await cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            Services,
            $$$"""
            {"metadata":{"name":"narrow","annotations":{
              "service.beta.kubernetes.io/azure-load-balancer-internal":"true",
              "service.beta.kubernetes.io/azure-load-balancer-ipv4":"{{{address}}}",
              "service.beta.kubernetes.io/azure-deny-all-except-load-balancer-source-ranges":"true"}},
             "spec":{"type":"LoadBalancer","selector":{"istio":"aks-istio-ingressgateway-internal"},
              "loadBalancerSourceRanges":["{{{inside}}}/32"],
              "ports":[{"name":"tcp","port":9000,"targetPort":9000}]}}
            """
        );
        await UntilAnswersAsync(false);

        await cluster.ExpectAsync(200, HttpMethod.Delete, $"{Services}/narrow");
        await UntilAnswersAsync(true);

        Task UntilAnswersAsync(bool expected) =>
            Wait.UntilAsync(
                async () =>
                    await Dial.AnswersAsync(address, 15021, inside.Replace(".0", ".9", StringComparison.Ordinal), TestCluster.Token)
                    == expected,
                TestCluster.Token
            );
    }

    internal static Task PatchAsync(TestCluster cluster, string patch) =>
        cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            $"/api/v1/namespaces/{TestCluster.Ingress}/services/{TestCluster.External}",
            patch,
            "application/merge-patch+json"
        );
}
