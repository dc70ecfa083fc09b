using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.DataPlane;

/// <summary>The add-on's automated deployment of Gateways. TCP needs asm-1-31 and bundle 1.6.</summary>
public sealed class GatewayApiPathTests
{
    private const string Group = "/apis/gateway.networking.k8s.io/v1/namespaces/default";
    private static readonly ClusterShape Able = TestCluster.Shape with
    {
        GatewayApi = true,
        KubernetesVersion = "1.37.0",
        Mesh = new MeshShape(["asm-1-31"], ExternalGateway: false, InternalGateway: false),
    };

    [Fact]
    public async Task A_tcp_route_of_a_gateway_answers_at_the_address_of_its_own_service()
    {
        await using var cluster = await TestCluster.StartAsync(Able);
        await WalkThrough.DeployEchoAsync(cluster.Client);
        await ApplyAsync(
            cluster,
            "gateways",
            """
            {"kind":"Gateway","metadata":{"name":"edge"},"spec":{"gatewayClassName":"istio",
            "listeners":[{"name":"echo","port":9000,"protocol":"TCP"}]}}
            """
        );
        await ApplyAsync(
            cluster,
            "tcproutes",
            """
            {"kind":"TCPRoute","metadata":{"name":"echo"},"spec":{"parentRefs":[{"name":"edge","sectionName":"echo"}],
            "rules":[{"backendRefs":[{"name":"tcpecho","port":9000}]}]}}
            """
        );

        var gateway = await Wait.ForAsync(
            async () =>
                await cluster.ExpectAsync(200, HttpMethod.Get, $"{Group}/gateways/edge") is var found
                && Holds(found["status"]?["conditions"], "Programmed")
                    ? found
                    : null,
            TestCluster.Token
        );
        var address = gateway.Items("status", "addresses").Single().Text("value") ?? "";
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);

        var service = await cluster.ExpectAsync(200, HttpMethod.Get, "/api/v1/namespaces/default/services/edge-istio");
        Assert.Equal([15021, 9000], service.Items("spec", "ports").Select(port => port.Number("port") ?? 0));
        var route = await cluster.ExpectAsync(200, HttpMethod.Get, $"{Group}/tcproutes/echo");
        Assert.True(
            Holds(route.Items("status", "parents").Single()["conditions"], "Accepted")
                && Holds(route.Items("status", "parents").Single()["conditions"], "ResolvedRefs")
        );
        Assert.Equal(
            1,
            (await cluster.ExpectAsync(200, HttpMethod.Get, $"{Group}/gateways/edge"))
                .Items("status", "listeners")
                .Single()
                .Number("attachedRoutes")
        );

        await cluster.ExpectAsync(200, HttpMethod.Delete, $"{Group}/gateways/edge");
        await Wait.UntilAsync(
            async () => (await cluster.SendAsync(HttpMethod.Get, "/api/v1/namespaces/default/services/edge-istio")).Code == 404,
            TestCluster.Token
        );
    }

    [Fact]
    public async Task Parameters_change_the_service_within_the_list_of_AKS()
    {
        const string Map = "/api/v1/namespaces/default/configmaps";
        const string Service = "/api/v1/namespaces/default/services/edge-istio";
        await using var cluster = await TestCluster.StartAsync(Able);
        await cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            Map,
            """{"metadata":{"name":"bad"},"data":{"service":"spec:\n  ports:\n  - port: 15021\n    $patch: delete\n"}}"""
        );
        string Gateway(string map) =>
            $$$"""
                {"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway","metadata":{"name":"edge"},
                "spec":{"gatewayClassName":"istio","infrastructure":{"parametersRef":{"group":"","kind":"ConfigMap","name":"{{{map}}}"}},
                "listeners":[{"name":"echo","port":9000,"protocol":"TCP"}]}}
                """;

        var refused = await cluster.ExpectAsync(400, HttpMethod.Post, $"{Group}/gateways", Gateway("bad"));
        Assert.Equal(
            "admission webhook \"istio-kube-gateway-validating-webhook.azmk8s.io\" denied the request: ConfigMap default/bad: service: "
                + "spec.ports.port is not in the allow list",
            refused.Text("message")
        );

        await cluster.ExpectAsync(201, HttpMethod.Post, $"{Group}/gateways", Gateway("good"));
        await Wait.UntilAsync(
            async () =>
                (await cluster.ExpectAsync(200, HttpMethod.Get, $"{Group}/gateways/edge"))
                    .Items("status", "conditions")
                    .Any(condition =>
                        condition.Text("reason") == "InvalidParameters"
                        && condition.Text("message") == "parametersRef ConfigMap default/good does not exist"
                    ),
            TestCluster.Token
        );
        Assert.Equal(404, (await cluster.SendAsync(HttpMethod.Get, Service)).Code); // istiod cannot render it

        await cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            Map,
            """{"metadata":{"name":"good"},"data":{"service":"spec:\n  externalTrafficPolicy: Local\n"}}"""
        );
        await Wait.UntilAsync(async () => await PolicyAsync() == "Local", TestCluster.Token);
        await cluster.ExpectAsync(
            400,
            HttpMethod.Patch,
            $"{Map}/good",
            """{"data":{"horizontalPodAutoscaler":"spec:\n  minReplicas: 1\n"}}""",
            "application/merge-patch+json"
        );
        await cluster.ExpectAsync(200, HttpMethod.Patch, $"{Map}/good", """{"data":{"service":null}}""", "application/merge-patch+json");
        await Wait.UntilAsync(async () => await PolicyAsync() == "Cluster", TestCluster.Token);

        // istiod cannot render a lost Service again, and the Gateway keeps the address that it had.
        var addresses = await Wait.ForAsync(
            async () => (await cluster.ExpectAsync(200, HttpMethod.Get, $"{Group}/gateways/edge"))["status"]?["addresses"]?.ToJsonString(),
            TestCluster.Token
        );
        await cluster.ExpectAsync(200, HttpMethod.Delete, $"{Map}/good");
        await cluster.ExpectAsync(200, HttpMethod.Delete, Service);
        var lost = await Wait.ForAsync(
            async () =>
                await cluster.ExpectAsync(200, HttpMethod.Get, $"{Group}/gateways/edge") is var found
                && found.Items("status", "conditions").Any(condition => condition.Text("reason") == "AddressNotUsable")
                    ? found
                    : null,
            TestCluster.Token
        );
        Assert.Equal(addresses, lost["status"]?["addresses"]?.ToJsonString());
        Assert.Equal(
            "Failed to assign to any requested addresses: hostname \"edge-istio.default.svc.cluster.local\" not found",
            lost.Items("status", "conditions").Single(condition => condition.Text("type") == "Programmed").Text("message")
        );

        async Task<string?> PolicyAsync() =>
            await cluster.SendAsync(HttpMethod.Get, Service) is (200, var body)
                ? System.Text.Json.Nodes.JsonNode.Parse(body).Text("spec", "externalTrafficPolicy")
                : null;
    }

    [Fact]
    public async Task A_backend_in_another_namespace_needs_a_grant()
    {
        await using var cluster = await TestCluster.StartAsync(Able);
        await WalkThrough.DeployEchoAsync(cluster.Client);
        await cluster.ExpectAsync(201, HttpMethod.Post, "/api/v1/namespaces", """{"metadata":{"name":"edge"}}""");
        const string Edge = "/apis/gateway.networking.k8s.io/v1/namespaces/edge";
        await cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            $"{Edge}/gateways",
            """
            {"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway","metadata":{"name":"edge"},
            "spec":{"gatewayClassName":"istio","listeners":[{"name":"echo","port":9000,"protocol":"TCP"}]}}
            """
        );
        await cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            $"{Edge}/tcproutes",
            """
            {"apiVersion":"gateway.networking.k8s.io/v1","kind":"TCPRoute","metadata":{"name":"echo"},
            "spec":{"parentRefs":[{"name":"edge"}],"rules":[{"backendRefs":[{"name":"tcpecho","namespace":"default",
            "port":9000}]}]}}
            """
        );

        var address = await Wait.ForAsync(
            async () =>
                (await cluster.ExpectAsync(200, HttpMethod.Get, $"{Edge}/gateways/edge"))
                    .Items("status", "addresses")
                    .FirstOrDefault()
                    .Text("value"),
            TestCluster.Token
        );
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "reset", TestCluster.Token);
        var parent = (await cluster.ExpectAsync(200, HttpMethod.Get, $"{Edge}/tcproutes/echo")).Items("status", "parents").Single();
        Assert.Equal(
            "RefNotPermitted",
            parent.Items("conditions").Single(condition => condition.Text("type") == "ResolvedRefs").Text("reason")
        );

        await ApplyAsync(
            cluster,
            "referencegrants",
            """
            {"kind":"ReferenceGrant","metadata":{"name":"edge"},"spec":{"from":[{"group":"gateway.networking.k8s.io",
            "kind":"TCPRoute","namespace":"edge"}],"to":[{"group":"","kind":"Service"}]}}
            """
        );
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
    }

    [Fact]
    public async Task Up_to_asm_1_30_a_tcp_listener_is_refused_and_its_port_has_no_listener()
    {
        await using var cluster = await TestCluster.StartAsync(
            Able with
            {
                Mesh = new MeshShape(["asm-1-30"], ExternalGateway: false, InternalGateway: false),
            }
        );
        await ApplyAsync(
            cluster,
            "gateways",
            """
            {"kind":"Gateway","metadata":{"name":"edge"},"spec":{"gatewayClassName":"istio",
            "listeners":[{"name":"echo","port":9000,"protocol":"TCP"}]}}
            """
        );

        var gateway = await Wait.ForAsync(
            async () =>
                await cluster.ExpectAsync(200, HttpMethod.Get, $"{Group}/gateways/edge") is var found
                && found["status"]?["addresses"] is not null
                    ? found
                    : null,
            TestCluster.Token
        );

        Assert.Equal(
            "ListenersNotValid",
            gateway.Items("status", "conditions").Single(condition => condition.Text("type") == "Accepted").Text("reason")
        );
        Assert.Equal(
            "UnsupportedProtocol",
            gateway
                .Items("status", "listeners")
                .Single()
                .Items("conditions")
                .Single(condition => condition.Text("type") == "Accepted")
                .Text("reason")
        );
        Assert.Equal(
            "refused",
            await Dial.OutcomeAsync(gateway.Items("status", "addresses").Single().Text("value") ?? "", 9000, TestCluster.Token)
        );
    }

    [Fact]
    public async Task From_asm_1_30_the_server_name_chooses_among_tls_routes_of_one_listener()
    {
        await using var cluster = await TestCluster.StartAsync(
            Able with
            {
                KubernetesVersion = "1.36.0",
                Mesh = new MeshShape(["asm-1-30"], ExternalGateway: false, InternalGateway: false),
            }
        );
        await WalkThrough.DeployEchoAsync(cluster.Client, prefix: "one", name: "one");
        await WalkThrough.DeployEchoAsync(cluster.Client, prefix: "two", name: "two");
        await ApplyAsync(
            cluster,
            "gateways",
            """
            {"kind":"Gateway","metadata":{"name":"edge"},"spec":{"gatewayClassName":"istio",
            "listeners":[{"name":"tls","port":8443,"protocol":"TLS","tls":{"mode":"Passthrough"}}]}}
            """
        );
        await ApplyAsync(cluster, "tlsroutes", TlsRoute("one", "one.example.com"));
        await ApplyAsync(cluster, "tlsroutes", TlsRoute("two", "*.example.com"));

        var address = await Wait.ForAsync(
            async () =>
                (await cluster.ExpectAsync(200, HttpMethod.Get, $"{Group}/gateways/edge"))
                    .Items("status", "addresses")
                    .FirstOrDefault()
                    .Text("value"),
            TestCluster.Token
        );
        await Wait.UntilAsync(
            async () => await AskAsync("one.example.com") == "one" && await AskAsync("two.example.com") == "two",
            TestCluster.Token
        );

        Assert.Equal("one", await AskAsync("ONE.example.com"));
        Assert.Equal("two", await AskAsync("deep.other.example.com"));
        Assert.Equal("reset", await AskAsync("example.org"));
        Assert.Equal("reset", await AskAsync(null));
        Assert.Equal(
            2,
            (await cluster.ExpectAsync(200, HttpMethod.Get, $"{Group}/gateways/edge"))
                .Items("status", "listeners")
                .Single()
                .Number("attachedRoutes")
        );

        await cluster.ExpectAsync(200, HttpMethod.Delete, $"{Group}/tlsroutes/one");
        await Wait.UntilAsync(async () => await AskAsync("one.example.com") == "two", TestCluster.Token);

        Task<string> AskAsync(string? serverName) => TlsHello.AskAsync(address, 8443, TlsHello.Of(serverName));
    }

    [Fact]
    public async Task Up_to_asm_1_29_a_tls_listener_is_refused()
    {
        await using var cluster = await TestCluster.StartAsync(
            Able with
            {
                KubernetesVersion = "1.36.0",
                Mesh = new MeshShape(["asm-1-29"], ExternalGateway: false, InternalGateway: false),
            }
        );
        await ApplyAsync(
            cluster,
            "gateways",
            """
            {"kind":"Gateway","metadata":{"name":"edge"},"spec":{"gatewayClassName":"istio",
            "listeners":[{"name":"tls","port":8443,"protocol":"TLS","tls":{"mode":"Passthrough"}}]}}
            """
        );

        var gateway = await Wait.ForAsync(
            async () =>
                await cluster.ExpectAsync(200, HttpMethod.Get, $"{Group}/gateways/edge") is var found
                && found["status"]?["addresses"] is not null
                    ? found
                    : null,
            TestCluster.Token
        );

        Assert.Equal(
            "UnsupportedProtocol",
            gateway
                .Items("status", "listeners")
                .Single()
                .Items("conditions")
                .Single(condition => condition.Text("type") == "Accepted")
                .Text("reason")
        );
        Assert.Equal(
            "refused",
            await TlsHello.AskAsync(gateway.Items("status", "addresses").Single().Text("value") ?? "", 8443, TlsHello.Of("one.example.com"))
        );
    }

    private static string TlsRoute(string name, string host) =>
        $$$"""
            {"kind":"TLSRoute","metadata":{"name":"{{{name}}}"},"spec":{"parentRefs":[{"name":"edge"}],"hostnames":["{{{host}}}"],
            "rules":[{"backendRefs":[{"name":"{{{name}}}","port":9000}]}]}}
            """.Trim();

    private static Task ApplyAsync(TestCluster cluster, string plural, string json) =>
        cluster.ExpectAsync(201, HttpMethod.Post, $"{Group}/{plural}", json.Insert(1, "\"apiVersion\":\"gateway.networking.k8s.io/v1\","));

    private static bool Holds(System.Text.Json.Nodes.JsonNode? conditions, string type) =>
        (conditions as System.Text.Json.Nodes.JsonArray)?.Any(condition =>
            condition.Text("type") == type && condition.Text("status") == "True"
        ) == true;
}
