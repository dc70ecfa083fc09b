using MeshPort.Sandbox.Kubernetes.Objects;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Refusals of the mesh add-on's webhooks, with istiod's messages (istio/istio, pkg/config/validation).</summary>
public sealed class IstioWebhookTests : IAsyncLifetime
{
    private TestCluster _cluster = null!; // set by InitializeAsync before any test

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("Gateway", "gateways", "{}", "gateway must have at least one server")]
    [InlineData(
        "Gateway",
        "gateways",
        """{"servers":[{"hosts":["*"],"port":{"number":70000,"name":"a","protocol":"TCP"}}]}""",
        "port number 70000 must be in the range 1..65535"
    )]
    [InlineData(
        "Gateway",
        "gateways",
        """{"servers":[{"hosts":["*"],"port":{"number":1,"name":"a","protocol":"X"}}]}""",
        "invalid protocol \"X\", supported protocols are HTTP, HTTP2, GRPC, GRPC-WEB, MONGO, REDIS, MYSQL, TCP"
    )]
    [InlineData(
        "Gateway",
        "gateways",
        """{"servers":[{"hosts":[],"port":{"number":1,"name":"a","protocol":"TCP"}}]}""",
        "server config must contain at least one host"
    )]
    [InlineData(
        "Gateway",
        "gateways",
        """{"servers":[{"hosts":["short"],"port":{"number":1,"name":"a","protocol":"TCP"}}]}""",
        "short names (non FQDN) are not allowed"
    )]
    [InlineData(
        "Gateway",
        "gateways",
        """
            {"servers":[{"hosts":["*"],"port":{"number":1,"name":"a","protocol":"TCP"}},
            {"hosts":["*"],"port":{"number":2,"name":"a","protocol":"TCP"}}]}
            """,
        "port names in servers must be unique: duplicate name a"
    )]
    [InlineData(
        "Gateway",
        "gateways",
        """{"servers":[{"hosts":["*"],"port":{"number":1,"name":"a","protocol":"TLS"}}]}""",
        "server must have TLS settings for HTTPS/TLS protocols"
    )]
    [InlineData(
        "Gateway",
        "gateways",
        """{"servers":[{"hosts":["*"],"port":{"number":1,"name":"a","protocol":"TCP"},"tls":{"mode":"PASSTHROUGH"}}]}""",
        "server cannot have TLS settings for non HTTPS/TLS ports"
    )]
    [InlineData(
        "Gateway",
        "gateways",
        """{"servers":[{"hosts":["*"],"port":{"number":1,"name":"a","protocol":"TLS"},"tls":{"mode":"SIMPLE"}}]}""",
        "2 errors occurred:\n\t* SIMPLE TLS requires a server certificate\n\t* SIMPLE TLS requires a private key\n\n"
    )]
    [InlineData("VirtualService", "virtualservices", """{"hosts":["a.b"]}""", "http, tcp or tls must be provided in virtual service")]
    [InlineData(
        "VirtualService",
        "virtualservices",
        """{"hosts":["*"],"tcp":[{"route":[{"destination":{"host":"x.y"}}]}]}""",
        "wildcard host * is not allowed for virtual services bound to the mesh gateway"
    )]
    [InlineData(
        "VirtualService",
        "virtualservices",
        """{"hosts":["*"],"gateways":["g"],"tcp":[{"match":[{"port":99999}],"route":[{"destination":{"host":"x.y"}}]}]}""",
        "port number 99999 must be in the range 1..65535"
    )]
    [InlineData(
        "VirtualService",
        "virtualservices",
        """{"hosts":["*"],"gateways":["g"],"tcp":[{"match":[{"port":1}]}]}""",
        "TCP route is required"
    )]
    [InlineData(
        "VirtualService",
        "virtualservices",
        """{"hosts":["*"],"gateways":["g"],"tcp":[{"route":[{"destination":{"host":"x.y"}},{"destination":{"host":"x.z"}}]}]}""",
        "total destination weight = 0"
    )]
    [InlineData(
        "VirtualService",
        "virtualservices",
        """{"hosts":["a.b"],"gateways":["g"],"tls":[{"match":[{"sniHosts":["c.d"]}],"route":[{"destination":{"host":"x.y"}}]}]}""",
        "SNI host \"c.d\" is not a compatible subset of any of the virtual service hosts: [a.b]"
    )]
    [InlineData(
        "VirtualService",
        "virtualservices",
        """{"hosts":["*.b","a.b"],"gateways":["g"],"tcp":[{"route":[{"destination":{"host":"x.y"}}]}]}""",
        "duplicate hosts in virtual service: *.b & a.b"
    )]
    [InlineData(
        "VirtualService",
        "virtualservices",
        """{"hosts":["*"],"gateways":["N S/g"],"tcp":[{"route":[{"destination":{"host":"x.y"}}]}]}""",
        "invalid value for namespace: \"N S\""
    )]
    [InlineData(
        "DestinationRule",
        "destinationrules",
        """{"host":"a.b","subsets":[{"name":"s"},{"name":"s"}]}""",
        "duplicate subset names: s"
    )]
    public async Task A_refusal_of_istiod_is_400_without_a_reason(string kind, string plural, string spec, string message)
    {
        var status = await _cluster.ExpectAsync(
            400,
            HttpMethod.Post,
            $"/apis/networking.istio.io/v1/namespaces/default/{plural}",
            $$$"""{"apiVersion":"networking.istio.io/v1","kind":"{{{kind}}}","metadata":{"name":"w"},"spec":{{{spec}}}}"""
        );

        Assert.Equal(
            $"admission webhook \"validation.istio.io\" denied the request: configuration is invalid: {message}",
            status.Text("message")
        );
        Assert.Null(status.Text("reason"));
    }

    [Fact]
    public async Task The_add_on_refuses_kinds_that_the_support_policy_blocks()
    {
        var status = await _cluster.ExpectAsync(
            400,
            HttpMethod.Post,
            "/apis/extensions.istio.io/v1alpha1/namespaces/default/wasmplugins",
            """{"apiVersion":"extensions.istio.io/v1alpha1","kind":"WasmPlugin","metadata":{"name":"w"},"spec":{}}"""
        );

        Assert.StartsWith(
            "admission webhook \"azure-service-mesh-ccp-validating-webhook.azmk8s.io\" denied the request: ",
            status.Text("message"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Typical_passthrough_routes_and_policies_are_accepted()
    {
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            "/apis/networking.istio.io/v1/namespaces/default/gateways",
            """
            {"apiVersion":"networking.istio.io/v1","kind":"Gateway","metadata":{"name":"tls"},
            "spec":{"selector":{"istio":"aks-istio-ingressgateway-external"},
             "servers":[{"hosts":["a.example.com"],"port":{"number":9443,"name":"tls-9443","protocol":"TLS"},
             "tls":{"mode":"PASSTHROUGH"}}]}}
            """
        );
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            "/apis/networking.istio.io/v1/namespaces/default/virtualservices",
            """
            {"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"tls"},
            "spec":{"hosts":["a.example.com"],"gateways":["tls"],
             "tls":[{"match":[{"port":9443,"sniHosts":["a.example.com"]}],"route":[{"destination":{"host":"x.default.svc.cluster.local",
             "port":{"number":443}},"weight":90},{"destination":{"host":"y.default.svc.cluster.local"},"weight":10}]}]}}
            """
        );
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            "/apis/security.istio.io/v1/namespaces/default/authorizationpolicies",
            """
            {"apiVersion":"security.istio.io/v1","kind":"AuthorizationPolicy","metadata":{"name":"p"},
            "spec":{"action":"DENY","rules":[{"from":[{"source":{"ipBlocks":["10.0.0.0/8"]}}],"to":[{"operation":{"ports":["9443"]}}]}]}}
            """
        );
    }
}
