using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.DataPlane;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.Controllers;

public sealed class AddressTests
{
    private const string Services = $"/api/v1/namespaces/{TestCluster.Ingress}/services";

    [Fact]
    public async Task A_companion_service_gets_an_address_and_serves_like_the_managed_one()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.DeployEchoAsync(cluster.Client);
        await WalkThrough.ApplyGatewayAsync(cluster);
        await WalkThrough.ApplyRouteAsync(cluster);
        await CompanionAsync(cluster, "companion", 9000);

        var address = await AddressAsync(cluster, "companion");

        Assert.NotEqual(address, await cluster.GatewayAddressAsync());
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
    }

    [Fact]
    public async Task A_service_shares_an_address_by_number_or_name_unless_a_port_collides()
    {
        await using var cluster = await TestCluster.StartAsync();
        var address = await cluster.GatewayAddressAsync();
        var managed = await cluster.ExpectAsync(200, HttpMethod.Get, $"{Services}/{TestCluster.External}");
        var publicName = $"kubernetes-a{managed.Uid().Replace("-", "", StringComparison.Ordinal)}"[..43];

        await CompanionAsync(cluster, "by-number", 9000, $"\"service.beta.kubernetes.io/azure-load-balancer-ipv4\":\"{address}\"");
        await CompanionAsync(cluster, "by-name", 9001, $"\"service.beta.kubernetes.io/azure-pip-name\":\"{publicName}\"");
        Assert.Equal(address, await AddressAsync(cluster, "by-number"));
        Assert.Equal(address, await AddressAsync(cluster, "by-name"));

        await CompanionAsync(cluster, "clashing", 9000, $"\"service.beta.kubernetes.io/azure-load-balancer-ipv4\":\"{address}\"");
        var warning = await WarningAsync(cluster, "clashing");
        Assert.Contains($"{TestCluster.Ingress}/by-number with the same frontend IP {address}", warning.Text("message"));
        Assert.Empty((await cluster.ExpectAsync(200, HttpMethod.Get, $"{Services}/clashing")).Items("status", "loadBalancer", "ingress"));

        await cluster.ExpectAsync(200, HttpMethod.Delete, $"{Services}/by-number");
        Assert.Equal(address, await AddressAsync(cluster, "clashing"));
    }

    [Fact]
    public async Task A_port_moves_between_services_of_an_address_once_the_load_balancer_has_given_it_up()
    {
        const string Prefix = "service.beta.kubernetes.io";
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.AllAsync(cluster);
        var address = await SharedAsync(cluster);
        await CompanionAsync(cluster, "first", 9000, $"\"{Prefix}/azure-load-balancer-ipv4\":\"{address}\"");
        await CompanionAsync(cluster, "second", 9001, $"\"{Prefix}/azure-load-balancer-ipv4\":\"{address}\"");
        await AddressAsync(cluster, "first");
        await AddressAsync(cluster, "second");

        await PatchAsync("first", "\"nonsense\"", 9002); // its rules stay
        await PatchAsync("second", "null", 9000);
        Assert.Contains($"{TestCluster.Ingress}/first with the same", (await WarningAsync(cluster, "second")).Text("message"));

        await PatchAsync("first", "null", 9002);
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);

        Task PatchAsync(string name, string ranges, int port) =>
            cluster.ExpectAsync(
                200,
                HttpMethod.Patch,
                $"{Services}/{name}",
                $$$"""
                {"metadata":{"annotations":{"{{{Prefix}}}/azure-allowed-ip-ranges":{{{ranges}}} } },
                 "spec":{"ports":[{"name":"tcp","port":{{{port}}} }]}}
                """,
                "application/merge-patch+json"
            );
    }

    [Fact]
    public async Task A_deleted_service_serves_until_its_load_balancer_is_removed()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.AllAsync(cluster);
        await CompanionAsync(cluster, "companion", 9000);
        var address = await AddressAsync(cluster, "companion");
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
        cluster.World.Clock.Hold();

        var going = await cluster.ExpectAsync(200, HttpMethod.Delete, $"{Services}/companion");
        Assert.Equal("service.kubernetes.io/load-balancer-cleanup", Assert.Single(going.Items("metadata", "finalizers"))?.ToString());
        await Wait.UntilAsync(async () => (await ReasonsAsync(cluster, "companion")).Contains("DeletingLoadBalancer"), TestCluster.Token);
        Assert.Equal("hello x", await Dial.OutcomeAsync(address, 9000, TestCluster.Token));

        cluster.World.Clock.Resume();
        await Wait.UntilAsync(
            async () => (await cluster.SendAsync(HttpMethod.Get, $"{Services}/companion")).Code == 404,
            TestCluster.Token
        );
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "refused", TestCluster.Token);
        Assert.Equal(
            ["EnsuringLoadBalancer", "EnsuredLoadBalancer", "DeletingLoadBalancer", "DeletedLoadBalancer"],
            await ReasonsAsync(cluster, "companion")
        );
    }

    [Fact]
    public async Task A_service_that_gets_another_address_is_closed_until_the_load_balancer_has_changed()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.AllAsync(cluster);
        await CompanionAsync(cluster, "companion", 9000);
        var before = await AddressAsync(cluster, "companion");
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(before, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
        var shared = await SharedAsync(cluster);
        cluster.World.Clock.Hold();

        await AnnotateAsync($"\"{shared}\"");
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(before, 9000, TestCluster.Token) != "hello x", TestCluster.Token);
        Assert.Equal(before, await AddressAsync(cluster, "companion"));
        Assert.NotEqual("hello x", await Dial.OutcomeAsync(shared, 9000, TestCluster.Token));

        cluster.World.Clock.Resume();
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(shared, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
        Assert.Equal(shared, await AddressAsync(cluster, "companion"));

        await AnnotateAsync("null");
        await Wait.UntilAsync(async () => await AddressAsync(cluster, "companion") != shared, TestCluster.Token);

        Task AnnotateAsync(string address) =>
            cluster.ExpectAsync(
                200,
                HttpMethod.Patch,
                $"{Services}/companion",
                $$$"""{"metadata":{"annotations":{"service.beta.kubernetes.io/azure-load-balancer-ipv4":{{{address}}} } } }""",
                "application/merge-patch+json"
            );
    }

    [Fact]
    public async Task A_service_that_stops_being_a_load_balancer_loses_its_address_and_finalizer()
    {
        await using var cluster = await TestCluster.StartAsync();
        await CompanionAsync(cluster, "companion", 9000);
        await AddressAsync(cluster, "companion");

        await cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            $"{Services}/companion",
            """{"spec":{"type":"ClusterIP"}}""",
            "application/merge-patch+json"
        );
        await Wait.UntilAsync(
            async () =>
                await cluster.ExpectAsync(200, HttpMethod.Get, $"{Services}/companion") is var service
                && service["metadata"]?["finalizers"] is null
                && !service.Items("status", "loadBalancer", "ingress").Any(),
            TestCluster.Token
        );

        await cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            $"{Services}/companion",
            """{"spec":{"type":"LoadBalancer"}}""",
            "application/merge-patch+json"
        );
        await AddressAsync(cluster, "companion");
    }

    [Fact]
    public async Task An_unknown_address_is_refused_with_a_warning()
    {
        await using var cluster = await TestCluster.StartAsync();
        await CompanionAsync(cluster, "lost", 9000, "\"service.beta.kubernetes.io/azure-load-balancer-ipv4\":\"20.1.2.3\"");

        Assert.Contains("cannot find public IP with IP address 20.1.2.3", (await WarningAsync(cluster, "lost")).Text("message"));
    }

    [Fact]
    public async Task A_failed_attempt_is_repeated_after_twice_the_time_each_and_at_once_when_the_service_changes()
    {
        const int Attempts = 7; // after 5, 10, 20, 40, 80 and 160 s
        await using var cluster = await TestCluster.StartAsync();
        await CompanionAsync(cluster, "lost", 9000, "\"service.beta.kubernetes.io/azure-load-balancer-ipv4\":\"20.1.2.3\"");
        var warning = await Wait.ForAsync(
            async () => await WarningAsync(cluster, "lost") is var seen && seen.Number("count") >= Attempts ? seen : null,
            TestCluster.Token
        );
        Assert.InRange(
            DateTimeOffset.Parse($"{warning.Text("lastTimestamp")}", null)
                - DateTimeOffset.Parse($"{warning.Text("firstTimestamp")}", null),
            TimeSpan.FromSeconds(315),
            TimeSpan.MaxValue
        );

        cluster.World.Clock.Hold();
        await cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            $"{Services}/lost",
            """{"metadata":{"annotations":{"service.beta.kubernetes.io/azure-load-balancer-ipv4":null}}}""",
            "application/merge-patch+json"
        );
        await AddressAsync(cluster, "lost");
    }

    [Fact]
    public async Task A_service_with_an_address_keeps_its_old_ports_while_a_change_is_refused()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.AllAsync(cluster);
        await CompanionAsync(cluster, "companion", 9001);
        var address = await AddressAsync(cluster, "companion");

        await PatchAsync("nonsense", 9000);
        Assert.Contains("invalid service annotation", (await WarningAsync(cluster, "companion")).Text("message"));
        Assert.Equal("refused", await Dial.OutcomeAsync(address, 9000, TestCluster.Token));

        await PatchAsync("127.0.0.0/8", 9000);
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
        Assert.Equal(address, await AddressAsync(cluster, "companion"));

        Task PatchAsync(string ranges, int port) =>
            cluster.ExpectAsync(
                200,
                HttpMethod.Patch,
                $"{Services}/companion",
                $$$"""
                {"metadata":{"annotations":{"service.beta.kubernetes.io/azure-allowed-ip-ranges":"{{{ranges}}}"}},
                 "spec":{"ports":[{"name":"tcp","port":{{{port}}},"targetPort":{{{port}}}}]}}
                """,
                "application/merge-patch+json"
            );
    }

    [Fact]
    public async Task The_rules_of_all_services_have_the_limit_of_a_node_and_old_ports_keep_serving()
    {
        const int Ports = 294; // with the four of the gateway and one of the companion 299
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.AllAsync(cluster);
        await cluster.GatewayAddressAsync();
        var ports = Enumerable.Range(20_000, Ports).Select(port => $$$"""{"name":"p{{{port}}}","port":{{{port}}}}""");
        await cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            Services,
            $$$"""{"metadata":{"name":"many"},"spec":{"type":"LoadBalancer","ports":[{{{string.Join(',', ports)}}}]}}"""
        );
        await CompanionAsync(cluster, "companion", 9000);
        await AddressAsync(cluster, "many");
        var address = await AddressAsync(cluster, "companion");
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);

        await cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            $"{Services}/companion",
            """{"spec":{"ports":[{"name":"tcp","port":9000},{"name":"more","port":9001}]}}""",
            "application/merge-patch+json"
        );

        Assert.Contains("cannot have more than 299 NAT", (await WarningAsync(cluster, "companion")).Text("message"));
        Assert.Equal("hello x", await Dial.OutcomeAsync(address, 9000, TestCluster.Token));
    }

    [Fact]
    public async Task With_one_loopback_address_a_taken_port_is_served_at_another_port_and_reported()
    {
        await using var cluster = await TestCluster.StartAsync(oneLoopbackAddress: true);
        using var holder = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        holder.Start();
        var taken = ((System.Net.IPEndPoint)holder.LocalEndpoint).Port;
        await WalkThrough.DeployEchoAsync(cluster.Client);
        await WalkThrough.ApplyAsync(
            cluster,
            "gateways",
            "tcpecho",
            """
            {"apiVersion":"networking.istio.io/v1","kind":"Gateway","metadata":{"name":"tcpecho","namespace":"default"},
             "spec":{"selector":{"istio":"aks-istio-ingressgateway-external"},"servers":[{"port":{"number":PORT,"name":"tcp",
             "protocol":"TCP"},"hosts":["*"]}]}}
            """.Replace("PORT", $"{taken}", StringComparison.Ordinal)
        );
        await WalkThrough.ApplyAsync(
            cluster,
            "virtualservices",
            "tcpecho",
            """
            {"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"tcpecho","namespace":"default"},
             "spec":{"hosts":["*"],"gateways":["tcpecho"],"tcp":[{"route":[{"destination":{"host":"tcpecho","port":{"number":9000}}}]}]}}
            """
        );
        await CompanionAsync(cluster, "companion", taken);

        Assert.Equal("127.0.0.1", await AddressAsync(cluster, "companion"));
        var problem = await Wait.ForAsync(
            () =>
                Task.FromResult(
                    cluster.Fleet.Problems.FirstOrDefault(problem => problem.Endpoint.Port == taken && problem.ServedAt is not null)
                ),
            TestCluster.Token
        );
        Assert.False(problem.IsInUse);
        await Wait.UntilAsync(
            async () => await Dial.OutcomeAsync("127.0.0.1", problem.ServedAt?.Port ?? 0, TestCluster.Token) == "hello x",
            TestCluster.Token
        );
    }

    [Theory]
    [InlineData("azure-dns-label-name", "Not-a-label", "The domain name label Not-a-label is invalid")]
    [InlineData("azure-pip-prefix-id", "/subscriptions/0/resourceGroups/g/providers/Microsoft.Network/publicIPPrefixes/p", "was not found")]
    [InlineData("port_9000_health-probe_interval", "4", "the minimum value of health probe interval is 5")]
    [InlineData("port_9000_health-probe_num-of-probe", "24", "total probe should be less than 120")]
    [InlineData("azure-load-balancer-health-probe-num-of-probe", "1", "the minimum value of health probe num-of-probe is 2")]
    [InlineData("azure-load-balancer-tcp-idle-timeout", "45m", "idle timeout value must be a whole number")]
    [InlineData("azure-load-balancer-tcp-idle-timeout", "3", "minutes between 4 and 100")]
    [InlineData("port_9000_health-probe_port", "typo", "port typo not found in service")]
    [InlineData("port_9000_health-probe_port", "65536", "port 65536 is out of range")]
    public async Task An_annotation_that_azure_refuses_gives_a_warning_and_no_address(string annotation, string value, string problem)
    {
        await using var cluster = await TestCluster.StartAsync();
        await CompanionAsync(cluster, "refused", 9000, $"\"service.beta.kubernetes.io/{annotation}\":\"{value}\"");

        Assert.Contains(problem, (await WarningAsync(cluster, "refused")).Text("message"));
        Assert.Empty((await cluster.ExpectAsync(200, HttpMethod.Get, $"{Services}/refused")).Items("status", "loadBalancer", "ingress"));
    }

    [Fact]
    public async Task An_internal_load_balancer_needs_a_subnet_that_exists()
    {
        const string Internal = "\"service.beta.kubernetes.io/azure-load-balancer-internal\":\"true\"";
        const string Subnet = "\"service.beta.kubernetes.io/azure-load-balancer-internal-subnet\"";
        await using var cluster = await TestCluster.StartAsync();
        await CompanionAsync(cluster, "placed", 9000, $"{Internal},{Subnet}:\"aks-subnet\"");
        await CompanionAsync(cluster, "lost", 9001, $"{Internal},{Subnet}:\"nowhere\"");

        Assert.Contains("failed to get subnet: nowhere", (await WarningAsync(cluster, "lost")).Text("message"));
        await AddressAsync(cluster, "placed");
    }

    [Fact]
    public async Task Two_addresses_cannot_have_one_dns_label()
    {
        const string Label = "\"service.beta.kubernetes.io/azure-dns-label-name\":\"mine\"";
        await using var cluster = await TestCluster.StartAsync();
        await CompanionAsync(cluster, "first", 9000, Label);
        await AddressAsync(cluster, "first");

        await CompanionAsync(cluster, "second", 9001, Label);

        Assert.Contains("DNS record mine is already used", (await WarningAsync(cluster, "second")).Text("message"));
    }

    private static Task CompanionAsync(TestCluster cluster, string name, int port, string annotations = "") =>
        cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            Services,
            $$$"""
            {"metadata":{"name":"{{{name}}}","annotations":{ {{{annotations}}} } },
             "spec":{"type":"LoadBalancer","selector":{"istio":"aks-istio-ingressgateway-external"},
             "ports":[{"name":"tcp","port":{{{port}}},"targetPort":{{{port}}}}]}}
            """
        );

    /// <summary>The address of another Service, without the port 9000.</summary>
    private static async Task<string> SharedAsync(TestCluster cluster)
    {
        await CompanionAsync(cluster, "other", 9100);
        return await AddressAsync(cluster, "other");
    }

    private static Task<string> AddressAsync(TestCluster cluster, string name) =>
        Wait.ForAsync(
            async () =>
                (await cluster.ExpectAsync(200, HttpMethod.Get, $"{Services}/{name}"))
                    .Items("status", "loadBalancer", "ingress")
                    .FirstOrDefault()
                    .Text("ip"),
            TestCluster.Token
        );

    private static async Task<IReadOnlyList<string?>> ReasonsAsync(TestCluster cluster, string service) =>
        [
            .. (await cluster.ExpectAsync(200, HttpMethod.Get, $"/api/v1/namespaces/{TestCluster.Ingress}/events"))
                .Items("items")
                .Where(item => item.Text("involvedObject", "name") == service)
                .OrderBy(item => item.Text("metadata", "resourceVersion"))
                .Select(item => item.Text("reason")),
        ];

    private static Task<System.Text.Json.Nodes.JsonNode> WarningAsync(TestCluster cluster, string service) =>
        Wait.ForAsync(
            async () =>
                (await cluster.ExpectAsync(200, HttpMethod.Get, $"/api/v1/namespaces/{TestCluster.Ingress}/events"))
                    .Items("items")
                    .FirstOrDefault(item =>
                        item.Text("involvedObject", "name") == service
                        && item.Text("type") == "Warning"
                        && item.Text("reason") == "SyncLoadBalancerFailed"
                    ),
            TestCluster.Token
        );
}
