using System.Net.Sockets;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.DataPlane;

/// <summary>Services with two families, and gateways that listen on them (Kubernetes documentation, "IPv4/IPv6 dual-stack").</summary>
public sealed class DualStackTests
{
    private const string Services = $"/api/v1/namespaces/{TestCluster.Ingress}/services";
    private const string Gateway = "/apis/networking.istio.io/v1/namespaces/default/gateways/tcpecho";

    [Fact]
    public async Task A_gateway_serves_IPv6_only_where_a_server_binds_it()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "This system has no IPv6 sockets.");
        await using var cluster = await TestCluster.StartAsync(TestCluster.Shape with { IpFamilies = ["IPv4", "IPv6"] });
        await WalkThrough.DeployEchoAsync(cluster.Client);
        await WalkThrough.ApplyGatewayAsync(cluster);
        await WalkThrough.ApplyRouteAsync(cluster);
        var made = await ServiceAsync(cluster, 201);
        Assert.Equal(["IPv4", "IPv6"], made.Items("spec", "ipFamilies").Select(family => $"{family}"));
        Assert.StartsWith("fd12:3456:789a:1::", $"{made.Items("spec", "clusterIPs").Last()}", StringComparison.Ordinal);

        var (ipv4, ipv6) = await AddressesAsync(cluster);

        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(ipv4, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
        Assert.Equal("refused", await Dial.OutcomeAsync(ipv6, 9000, TestCluster.Token));

        await cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            Gateway,
            """
            {"spec":{"servers":[
             {"port":{"number":9000,"name":"tcp","protocol":"TCP"},"hosts":["*"]},
             {"port":{"number":9000,"name":"tcp6","protocol":"TCP"},"hosts":["*"],"bind":"::"}]}}
            """,
            "application/merge-patch+json"
        );
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(ipv6, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
        Assert.Equal("hello x", await Dial.OutcomeAsync(ipv4, 9000, TestCluster.Token));
    }

    [Fact]
    public async Task A_cluster_of_one_family_refuses_Services_of_two()
    {
        await using var cluster = await TestCluster.StartAsync();

        var refusal = await ServiceAsync(cluster, 422);

        Assert.Contains("this cluster is not configured for dual-stack services", $"{refusal["message"]}", StringComparison.Ordinal);
        Assert.Contains("not configured on this cluster", $"{refusal["message"]}", StringComparison.Ordinal);
    }

    private static Task<JsonObject> ServiceAsync(TestCluster cluster, int code) =>
        cluster.ExpectAsync(
            code,
            HttpMethod.Post,
            Services,
            """
            {"metadata":{"name":"companion"},"spec":{"type":"LoadBalancer","ipFamilyPolicy":"RequireDualStack",
             "ipFamilies":["IPv4","IPv6"],"selector":{"istio":"aks-istio-ingressgateway-external"},
             "ports":[{"name":"tcp","port":9000,"targetPort":9000}]}}
            """
        );

    private static async Task<(string Ipv4, string Ipv6)> AddressesAsync(TestCluster cluster)
    {
        var found = await Wait.ForAsync(
            async () =>
                (await cluster.ExpectAsync(200, HttpMethod.Get, $"{Services}/companion"))
                    .Items("status", "loadBalancer", "ingress")
                    .Select(ingress => ingress.Text("ip") ?? "")
                    .ToArray()
                    is { Length: 2 } both
                    ? both
                    : null,
            TestCluster.Token
        );
        return (found[1], found[0]); // IPv6 comes first, as in the documentation of AKS
    }
}
