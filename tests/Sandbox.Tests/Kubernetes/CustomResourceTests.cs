using MeshPort.Sandbox.Kubernetes.Objects;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Validation of custom resources, as measured (kube-semantics, sections 3 and e).</summary>
public sealed class CustomResourceTests : IAsyncLifetime
{
    private const string Services = "/apis/networking.istio.io/v1/namespaces/default/virtualservices";
    private const string Gateways = "/apis/networking.istio.io/v1/namespaces/default/gateways";
    private const string Unchecked =
        "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors "
        + "to complete validation";
    private TestCluster _cluster = null!; // set by InitializeAsync before any test

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData(
        """{"hosts":["*"],"gateways":["g1"],"tcp":[{"match":[{"port":"x"}],"route":[{"destination":{"host":"x.y"}}]}]}""",
        "[spec.tcp[0].match[0].port: Invalid value: \"string\": spec.tcp[0].match[0].port in body must be of type integer: \"string\", "
            + Unchecked
            + "]",
        "FieldValueTypeInvalid"
    )]
    [InlineData(
        """{"hosts":["*"],"gateways":["g1"],"tcp":[{"match":[{"port":22.5}],"route":[{"destination":{"host":"x.y"}}]}]}""",
        "[spec.tcp[0].match[0].port: Invalid value: \"number\": spec.tcp[0].match[0].port in body must be of type integer: \"number\", "
            + Unchecked
            + "]",
        "FieldValueTypeInvalid"
    )]
    [InlineData(
        """{"hosts":["*"],"gateways":["g1"],"tcp":[{"match":[{"port":-1}],"route":[{"destination":{"host":"x.y"}}]}]}""",
        "spec.tcp[0].match[0].port: Invalid value: -1: spec.tcp[0].match[0].port in body should be greater than or equal to 0",
        "FieldValueInvalid"
    )]
    [InlineData(
        """{"hosts":["*"],"gateways":["g1"],"tcp":[{"route":[{"destination":{"port":{"number":1}}}]}]}""",
        "[spec.tcp[0].route[0].destination.host: Required value, " + Unchecked + "]",
        "FieldValueRequired"
    )]
    [InlineData(
        "[]",
        "[spec: Invalid value: \"array\": spec in body must be of type object: \"array\", " + Unchecked + "]",
        "FieldValueTypeInvalid"
    )]
    public async Task A_virtual_service_that_violates_its_definition_is_422(string spec, string message, string reason)
    {
        var status = await _cluster.ExpectAsync(
            422,
            HttpMethod.Post,
            Services,
            $$$"""{"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"bad"},"spec":{{{spec}}}}"""
        );

        Assert.Equal($"VirtualService.networking.istio.io \"bad\" is invalid: {message}", status.Text("message"));
        Assert.Equal(reason, status.Items("details", "causes").First().Text("reason"));
        Assert.Equal("networking.istio.io", status.Text("details", "group"));
    }

    [Theory]
    [InlineData(
        """{"servers":[{"hosts":["*"],"port":{"number":1}}]}""",
        "[spec.servers[0].port.protocol: Required value, spec.servers[0].port.name: Required value, " + Unchecked + "]"
    )]
    [InlineData(
        """{"servers":[{"port":{"number":1,"name":"a","protocol":"TCP"}}]}""",
        "[spec.servers[0].hosts: Required value, " + Unchecked + "]"
    )]
    [InlineData(
        """{"servers":[{"hosts":["*"],"port":{"number":1,"name":"a","protocol":"TLS"},"tls":{"mode":"WRONG"}}]}""",
        "[spec.servers[0].tls.mode: Unsupported value: \"WRONG\": supported values: \"PASSTHROUGH\", \"SIMPLE\", \"MUTUAL\", "
            + "\"AUTO_PASSTHROUGH\", \"ISTIO_MUTUAL\", \"OPTIONAL_MUTUAL\", "
            + Unchecked
            + "]"
    )]
    [InlineData(
        """
            {"servers":[{"hosts":["*"],"port":{"number":1,"name":"a","protocol":"TLS"},
            "tls":{"mode":"SIMPLE","credentialName":"a","credentialNames":["b"]}}]}
            """,
        "spec.servers[0].tls: Invalid value: \"object\": only one of credentialName or credentialNames can be set"
    )]
    public async Task A_gateway_that_violates_its_definition_is_422(string spec, string message)
    {
        var status = await _cluster.ExpectAsync(
            422,
            HttpMethod.Post,
            Gateways,
            $$$"""{"apiVersion":"networking.istio.io/v1","kind":"Gateway","metadata":{"name":"gbad"},"spec":{{{spec}}}}"""
        );

        Assert.Equal($"Gateway.networking.istio.io \"gbad\" is invalid: {message}", status.Text("message"));
    }

    [Fact]
    public async Task An_unknown_field_is_reported_pruned_or_refused_on_request()
    {
        const string Body = """
            {"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"odd"},
            "spec":{"bogus":1,"hosts":["a.b"],"tcp":[{"route":[{"destination":{"host":"x.y"}}]}]}}
            """;

        var status = await _cluster.ExpectAsync(400, HttpMethod.Post, $"{Services}?fieldValidation=Strict", Body);
        Assert.Equal(
            "VirtualService in version \"v1\" cannot be handled as a VirtualService: strict decoding error: unknown field \"spec.bogus\"",
            status.Text("message")
        );
        Assert.Null((await _cluster.ExpectAsync(201, HttpMethod.Post, Services, Body)).At("spec", "bogus"));
    }

    [Theory]
    [InlineData(
        """{"host":"a.b","trafficPolicy":{"connectionPool":{"tcp":{"connectTimeout":"0s"}}}}""",
        "spec.trafficPolicy.connectionPool.tcp.connectTimeout: Invalid value: \"string\": must be a valid duration greater than 1ms"
    )]
    [InlineData(
        """{"host":"a.b","trafficPolicy":{"loadBalancer":{"simple":"RANDOM","consistentHash":{"useSourceIp":true}}}}""",
        "spec.trafficPolicy.loadBalancer: Invalid value: \"\": \"spec.trafficPolicy.loadBalancer\" must validate one and only one "
            + "schema (oneOf). Found 2 valid alternatives"
    )]
    [InlineData(
        """{"host":"a.b","workloadSelector":{"matchLabels":{"a*":"b"}}}""",
        "spec.workloadSelector.matchLabels: Invalid value: \"object\": wildcard not allowed in label key match"
    )]
    public async Task A_destination_rule_that_violates_its_definition_is_422(string spec, string message)
    {
        var status = await _cluster.ExpectAsync(
            422,
            HttpMethod.Post,
            "/apis/networking.istio.io/v1/namespaces/default/destinationrules",
            $$$"""{"apiVersion":"networking.istio.io/v1","kind":"DestinationRule","metadata":{"name":"d"},"spec":{{{spec}}}}"""
        );

        Assert.Equal($"DestinationRule.networking.istio.io \"d\" is invalid: {message}", status.Text("message"));
    }

    [Fact]
    public async Task An_applier_of_an_older_version_is_the_same_manager()
    {
        const string Spec = """
             "metadata":{"name":"e1"},"spec":{"selector":{"istio":"x"},"servers":[{"hosts":["*"],
            "port":{"number":5,"name":"tcp-5","protocol":"TCP"}}]}} 
            """;
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Patch,
            $"{Gateways}/e1?fieldManager=foo",
            $$"""{"apiVersion":"networking.istio.io/v1","kind":"Gateway",{{Spec}}""",
            "application/apply-patch+yaml"
        );

        var through = await _cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            "/apis/networking.istio.io/v1beta1/namespaces/default/gateways/e1?fieldManager=foo",
            $$"""
            {"apiVersion":"networking.istio.io/v1beta1","kind":"Gateway",{{Spec.Replace("tcp-5", "tcp-6",
            StringComparison.Ordinal)}}
            """,
            "application/apply-patch+yaml"
        );

        Assert.Equal("networking.istio.io/v1beta1", through.Text("apiVersion"));
        Assert.Single(through.Items("metadata", "managedFields"));
        var wrong = await _cluster.ExpectAsync(
            400,
            HttpMethod.Patch,
            $"{Gateways}/e1?fieldManager=foo",
            $$"""{"apiVersion":"networking.istio.io/v1beta1","kind":"Gateway",{{Spec}}""",
            "application/apply-patch+yaml"
        );
        Assert.Equal("invalid object type: networking.istio.io/v1beta1, Kind=Gateway", wrong.Text("message"));
    }

    [Fact]
    public async Task Ownership_after_a_reset_belongs_to_before_first_apply()
    {
        const string Body = """
            {"apiVersion":"networking.istio.io/v1","kind":"Gateway","metadata":{"name":"e16"},
            "spec":{"servers":[{"hosts":["*"],"port":{"number":5,"name":"tcp-5","protocol":"TCP"}}]}}
            """;
        await _cluster.ExpectAsync(201, HttpMethod.Patch, $"{Gateways}/e16?fieldManager=foo", Body, "application/apply-patch+yaml");

        var reset = await _cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            $"{Gateways}/e16",
            """{"metadata":{"managedFields":[{}]}}""",
            "application/merge-patch+json"
        );

        Assert.Null(reset.At("metadata", "managedFields"));
        var status = await _cluster.ExpectAsync(
            409,
            HttpMethod.Patch,
            $"{Gateways}/e16?fieldManager=foo",
            Body.Replace(":5,", ":6,", StringComparison.Ordinal),
            "application/apply-patch+yaml"
        );
        Assert.Equal(
            "Apply failed with 1 conflict: conflict with \"before-first-apply\" using networking.istio.io/v1: .spec.servers",
            status.Text("message")
        );
    }

    [Fact]
    public async Task A_definition_is_read_with_its_schemas_and_lists_all_versions()
    {
        var definition = await _cluster.ExpectAsync(
            200,
            HttpMethod.Get,
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gateways.networking.istio.io"
        );

        Assert.Equal(["v1", "v1beta1", "v1alpha3"], definition.Items("spec", "versions").Select(version => version.Text("name")));
        Assert.All(
            definition.Items("spec", "versions"),
            version => Assert.NotNull(version.At("schema", "openAPIV3Schema", "properties", "spec", "properties", "servers"))
        );
        Assert.Equal("keep", definition.Text("metadata", "annotations", "helm.sh/resource-policy"));
    }
}
