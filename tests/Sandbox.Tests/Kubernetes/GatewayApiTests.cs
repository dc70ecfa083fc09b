using MeshPort.Sandbox.Kubernetes.Objects;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>The managed Gateway API: the content of each bundle, and the answers of its kinds (kube-semantics e12 to e14).</summary>
public sealed class GatewayApiTests
{
    private const string Group = "/apis/gateway.networking.k8s.io";
    private const string Gateway = Group + "/v1/namespaces/default/gateways/gk";

    [Theory]
    [InlineData("1.33.1", "v1.2.1", "gatewayclasses gateways referencegrants")]
    [InlineData("1.34.2", "v1.3.0", "gatewayclasses gateways referencegrants")]
    [InlineData("1.36.0", "v1.5.1", "gatewayclasses gateways referencegrants tlsroutes")]
    [InlineData("1.37.0", "v1.6.1", "gatewayclasses gateways referencegrants tcproutes tlsroutes")]
    public async Task The_bundle_follows_the_kubernetes_version(string kubernetes, string bundle, string kinds)
    {
        await using var cluster = await TestCluster.StartAsync(
            TestCluster.Shape with
            {
                GatewayApi = true,
                KubernetesVersion = kubernetes,
            }
        );

        var list = await cluster.ExpectAsync(200, HttpMethod.Get, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
        var ours = list.Items("items").Where(item => item.Text("spec", "group") == "gateway.networking.k8s.io").ToArray();

        Assert.Equal(kinds.Split(' '), ours.Select(item => item.Text("spec", "names", "plural")).Order(StringComparer.Ordinal));
        Assert.All(
            ours,
            item =>
                Assert.Equal(
                    (bundle, "standard"),
                    (
                        item.Text("metadata", "annotations", "gateway.networking.k8s.io/bundle-version"),
                        item.Text("metadata", "annotations", "gateway.networking.k8s.io/channel")
                    )
                )
        );
    }

    [Fact]
    public async Task Gateway_api_kinds_need_the_bundle_and_older_bundles_serve_only_v1beta1_grants()
    {
        await using var cluster = await TestCluster.StartAsync();
        Assert.Equal(404, (await cluster.SendAsync(HttpMethod.Get, Gateway)).Code);

        await cluster.Fleet.EnsureAsync(TestCluster.Shape with { GatewayApi = true }, TestCluster.Token);

        await cluster.ExpectAsync(200, HttpMethod.Get, $"{Group}/v1beta1/referencegrants");
        Assert.Equal((404, "404 page not found\n"), await cluster.SendAsync(HttpMethod.Get, $"{Group}/v1/referencegrants"));

        await cluster.Fleet.EnsureAsync(TestCluster.Shape with { GatewayApi = true, KubernetesVersion = "1.36.0" }, TestCluster.Token);
        await cluster.ExpectAsync(200, HttpMethod.Get, $"{Group}/v1/referencegrants");
        await cluster.ExpectAsync(200, HttpMethod.Get, $"{Group}/v1/tlsroutes");
    }

    [Fact]
    public async Task Listeners_are_merged_by_name_and_validated_by_the_rules_of_the_definition()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Shape with { GatewayApi = true });
        Task<System.Text.Json.Nodes.JsonObject> ApplyAsync(int code, string manager, string spec) =>
            cluster.ExpectAsync(
                code,
                HttpMethod.Patch,
                $"{Gateway}?fieldManager={manager}",
                $$$"""{"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway","metadata":{"name":"gk"},"spec":{{{spec}}}}""",
                "application/apply-patch+yaml"
            );

        var made = await ApplyAsync(201, "foo", """{"gatewayClassName":"istio","listeners":[{"name":"a","port":1,"protocol":"TCP"}]}""");
        Assert.Equal("Same", made.Items("spec", "listeners").Single().Text("allowedRoutes", "namespaces", "from"));
        Assert.Equal(["Accepted", "Programmed"], made.Items("status", "conditions").Select(condition => condition.Text("type")));
        Assert.Equal(
            """{"f:spec":{"f:gatewayClassName":{},"f:listeners":{"k:{\u0022name\u0022:\u0022a\u0022}":"""
                + """{".":{},"f:name":{},"f:port":{},"f:protocol":{}}}}}""",
            made.Items("metadata", "managedFields").Single()["fieldsV1"]?.ToJsonString()
        );

        var both = await ApplyAsync(200, "bar", """{"listeners":[{"name":"b","port":2,"protocol":"TCP"}]}""");
        Assert.Equal(2, both.Number("metadata", "generation"));
        Assert.Equal(["a", "b"], both.Items("spec", "listeners").Select(listener => listener.Text("name")));

        var same = await ApplyAsync(422, "baz", """{"listeners":[{"name":"c","port":1,"protocol":"TCP"}]}""");
        Assert.Equal(
            "Gateway.gateway.networking.k8s.io \"gk\" is invalid: spec.listeners: Invalid value: \"array\": Combination of port, "
                + "protocol and hostname must be unique for each listener",
            same.Text("message")
        );

        var listeners = Enumerable.Range(0, 65).Select(n => $$"""{"name":"l{{n}}","port":{{100 + n}},"protocol":"TCP"}""");
        var many = await ApplyAsync(422, "baz", $$"""{"listeners":[{{string.Join(",", listeners)}}]}""");
        Assert.Equal(
            "Gateway.gateway.networking.k8s.io \"gk\" is invalid: [spec.listeners: Too many: 67: must have at most 64 items, <nil>: "
                + "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors "
                + "to complete validation]",
            many.Text("message")
        );
        Assert.Equal("FieldValueTooMany", many.Items("details", "causes").First().Text("reason"));
    }

    [Fact]
    public async Task Routes_get_the_defaults_of_their_definition()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Shape with { GatewayApi = true, KubernetesVersion = "1.37.0" });

        var route = await cluster.ExpectAsync(
            201,
            HttpMethod.Patch,
            $"{Group}/v1/namespaces/default/tcproutes/t1?fieldManager=foo",
            """
            {"apiVersion":"gateway.networking.k8s.io/v1","kind":"TCPRoute","metadata":{"name":"t1"},
            "spec":{"parentRefs":[{"name":"gk","sectionName":"a"}],"rules":[{"backendRefs":[{"name":"svc","port":22}]}]}}
            """,
            "application/apply-patch+yaml"
        );

        Assert.Equal(
            """{"parentRefs":[{"name":"gk","sectionName":"a","group":"gateway.networking.k8s.io","kind":"Gateway"}],"rules":"""
                + """[{"backendRefs":[{"name":"svc","port":22,"group":"","kind":"Service","weight":1}]}]}""",
            route["spec"]?.ToJsonString()
        );
        var noPort = await cluster.ExpectAsync(
            422,
            HttpMethod.Post,
            $"{Group}/v1/namespaces/default/tcproutes",
            """
            {"apiVersion":"gateway.networking.k8s.io/v1","kind":"TCPRoute","metadata":{"name":"t2"},
            "spec":{"rules":[{"backendRefs":[{"name":"svc"}]}]}}
            """
        );
        Assert.Equal(
            "TCPRoute.gateway.networking.k8s.io \"t2\" is invalid: spec.rules[0].backendRefs[0]: Invalid value: \"object\": Must have "
                + "port for Service reference",
            noPort.Text("message")
        );
    }
}
