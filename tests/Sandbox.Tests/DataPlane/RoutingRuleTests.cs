using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.DataPlane;

/// <summary>How istio applies Gateways and VirtualServices to plain TCP.</summary>
public sealed class RoutingRuleTests
{
    [Fact]
    public async Task Connections_are_split_by_weight()
    {
        const int Connections = 400;
        await using var cluster = await StartAsync();
        await RouteAsync(
            cluster,
            "split",
            """{"route":[{"destination":{"host":"one"},"weight":80},{"destination":{"host":"two"},"weight":20}]}"""
        );
        var address = await ServedAsync(cluster);

        var first = 0;
        for (var count = 0; count < Connections; count++)
        {
            first += await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "one x" ? 1 : 0;
        }

        Assert.InRange(first, Connections * 0.8 - 48, Connections * 0.8 + 48); // six standard deviations
    }

    [Fact]
    public async Task Only_the_first_matching_rule_applies_and_subnets_are_ignored()
    {
        await using var cluster = await StartAsync();
        await RouteAsync(
            cluster,
            "rules",
            """
            {"match":[{"port":9999}],"route":[{"destination":{"host":"two"}}]},
            {"match":[{"port":9000,"destinationSubnets":["10.99.0.0/16"],"sourceLabels":{"app":"nobody"}}],
            "route":[{"destination":{"host":"one"}}]},
            {"route":[{"destination":{"host":"two"}}]}
            """
        );
        var address = await ServedAsync(cluster);

        Assert.Equal("one x", await Dial.OutcomeAsync(address, 9000, TestCluster.Token));
    }

    [Fact]
    public async Task Of_two_gateways_on_one_port_the_older_wins_and_the_other_is_skipped()
    {
        await using var cluster = await StartAsync();
        await RouteAsync(cluster, "a", """{"route":[{"destination":{"host":"one"}}]}""");
        await RouteAsync(cluster, "b", """{"route":[{"destination":{"host":"two"}}]}""");
        var address = await ServedAsync(cluster);

        Assert.Equal("one x", await Dial.OutcomeAsync(address, 9000, TestCluster.Token));
        await Wait.UntilAsync(
            async () =>
                (await IstiodLogAsync(cluster)).Contains(
                    "info\tmodel\tskipping server on gateway default/b port tcp.9000.TCP: conflict with existing server 9000.TCP",
                    StringComparison.Ordinal
                ),
            TestCluster.Token
        );
        await cluster.ExpectAsync(200, HttpMethod.Delete, "/apis/networking.istio.io/v1/namespaces/default/gateways/a");
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "two x", TestCluster.Token);
    }

    [Fact]
    public async Task The_port_of_a_gateway_is_a_service_port_if_one_matches_and_stands_for_its_target_port()
    {
        await using var cluster = await StartAsync();
        await RouteAsync(cluster, "mapped", """{"route":[{"destination":{"host":"one"}}]}""");
        await SourceTests.PatchAsync(
            cluster,
            """{"spec":{"ports":[{"name":"mapped","port":9000,"targetPort":19000},{"name":"unmapped","port":9001,"targetPort":9000}]}}"""
        );
        var address = await cluster.GatewayAddressAsync();

        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "one x", TestCluster.Token);
        Assert.Equal("refused", await Dial.OutcomeAsync(address, 9001, TestCluster.Token));
    }

    [Theory]
    [InlineData("""{"spec":{"ports":[{"name":"udp","port":9000,"protocol":"UDP"}]}}""")]
    [InlineData("""{"metadata":{"annotations":{"networking.istio.io/exportTo":".,kube-system"}}}""")]
    [InlineData("""{"metadata":{"annotations":{"networking.istio.io/exportTo":"~"}}}""")]
    [InlineData("""{"spec":{"type":"ExternalName","externalName":"db.example.com","clusterIP":null,"clusterIPs":null}}""")]
    public async Task A_service_without_tcp_endpoints_for_the_gateway_resets(string patch)
    {
        await using var cluster = await StartAsync();
        await RouteAsync(cluster, "one", """{"route":[{"destination":{"host":"one.default.svc.cluster.local","port":{"number":9000}}}]}""");
        var address = await ServedAsync(cluster);

        await cluster.ExpectAsync(200, HttpMethod.Patch, "/api/v1/namespaces/default/services/one", patch, "application/merge-patch+json");

        Assert.Equal("reset", await Dial.OutcomeAsync(address, 9000, TestCluster.Token));
    }

    [Theory]
    [InlineData(null, 10)]
    [InlineData("90s", 90)]
    public async Task A_gateway_gives_up_a_host_that_drops_packets_after_its_connect_timeout(string? connectTimeout, int seconds)
    {
        await using var cluster = await StartAsync();
        await RouteAsync(cluster, "one", """{"route":[{"destination":{"host":"one"}}]}""");
        var address = await ServedAsync(cluster);
        await WalkThrough.ApplyAsync(
            cluster,
            "serviceentries",
            "outside",
            """
            {"apiVersion":"networking.istio.io/v1","kind":"ServiceEntry","metadata":{"name":"outside","namespace":"default"},
             "spec":{"hosts":["db.blackhole.localhost"],"location":"MESH_EXTERNAL","resolution":"DNS",
             "ports":[{"number":5432,"name":"tcp","protocol":"TCP"}]}}
            """
        );
        if (connectTimeout is not null)
        {
            await WalkThrough.ApplyAsync(
                cluster,
                "destinationrules",
                "outside",
                """
                {"apiVersion":"networking.istio.io/v1","kind":"DestinationRule","metadata":{"name":"outside","namespace":"default"},
                 "spec":{"host":"db.blackhole.localhost","trafficPolicy":{"connectionPool":{"tcp":{"connectTimeout":"TIME"}}}}}
                """.Replace("TIME", connectTimeout, StringComparison.Ordinal)
            );
        }

        await RouteAsync(cluster, "one", """{"route":[{"destination":{"host":"db.blackhole.localhost","port":{"number":5432}}}]}""");
        var began = cluster.World.Clock.GetTimestamp();

        Assert.Equal("reset", await Dial.OutcomeAsync(address, 9000, TestCluster.Token));
        Assert.InRange(cluster.World.Clock.GetElapsedTime(began).TotalSeconds, seconds, 235); // before the load balancer's idle timeout
    }

    [Fact]
    public async Task A_virtual_service_that_is_not_exported_to_the_gateway_creates_no_listener()
    {
        await using var cluster = await StartAsync();
        await RouteAsync(cluster, "own", """{"route":[{"destination":{"host":"one"}}]}""");
        var address = await ServedAsync(cluster);

        await ExportAsync("""["."]""");
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "refused", TestCluster.Token);
        await ExportAsync($"""[".","{TestCluster.Ingress}"]""");
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "one x", TestCluster.Token);

        Task ExportAsync(string exportTo) =>
            cluster.ExpectAsync(
                200,
                HttpMethod.Patch,
                "/apis/networking.istio.io/v1/namespaces/default/virtualservices/own",
                $$"""{"spec":{"exportTo":{{exportTo}} } }""",
                "application/merge-patch+json"
            );
    }

    private static async Task<string> IstiodLogAsync(TestCluster cluster)
    {
        const string Pods = "/api/v1/namespaces/aks-istio-system/pods";
        var istiod = (await cluster.ExpectAsync(200, HttpMethod.Get, $"{Pods}?labelSelector=app=istiod")).Items("items").First();
        return (await cluster.SendAsync(HttpMethod.Get, $"{Pods}/{istiod.Text("metadata", "name")}/log")).Body;
    }

    private static async Task<TestCluster> StartAsync()
    {
        var cluster = await TestCluster.StartAsync();
        await WalkThrough.DeployEchoAsync(cluster.Client, prefix: "one", name: "one");
        await WalkThrough.DeployEchoAsync(cluster.Client, prefix: "two", name: "two");
        return cluster;
    }

    private static async Task<string> ServedAsync(TestCluster cluster)
    {
        await WalkThrough.OpenPortAsync(cluster);
        var address = await cluster.GatewayAddressAsync();
        await Wait.UntilAsync(
            async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) is "one x" or "two x",
            TestCluster.Token
        );
        return address;
    }

    private static async Task RouteAsync(TestCluster cluster, string name, string rules)
    {
        await WalkThrough.ApplyAsync(
            cluster,
            "gateways",
            name,
            """
            {"apiVersion":"networking.istio.io/v1","kind":"Gateway","metadata":{"name":"NAME","namespace":"default"},
             "spec":{"selector":{"istio":"aks-istio-ingressgateway-external"},"servers":[{"port":{"number":9000,"name":"tcp",
             "protocol":"TCP"},"hosts":["*"]}]}}
            """.Replace("NAME", name, StringComparison.Ordinal)
        );
        await WalkThrough.ApplyAsync(
            cluster,
            "virtualservices",
            name,
            """
            {"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"NAME","namespace":"default"},
             "spec":{"hosts":["*"],"gateways":["NAME"],"tcp":[RULES]}}
            """.Replace("NAME", name, StringComparison.Ordinal).Replace("RULES", rules, StringComparison.Ordinal)
        );
    }
}
