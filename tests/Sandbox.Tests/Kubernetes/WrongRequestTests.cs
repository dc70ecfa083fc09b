using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Invalid requests: the sandbox refuses them as a real server does, and they change nothing.</summary>
public sealed class WrongRequestTests : IAsyncLifetime
{
    private const string Services = "/api/v1/namespaces/default/services";
    private const string Roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
    private const string Merge = "application/merge-patch+json";
    private TestCluster _cluster = null!; // set by InitializeAsync before any test

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("""{"metadata":{"name":"other"}}""", "the name of the object (other) does not match the name on the URL (kubernetes)")]
    [InlineData(
        """{"metadata":{"namespace":"kube-system"}}""",
        "the namespace of the provided object does not match the namespace sent on the request"
    )]
    [InlineData("""{"kind":"Pod"}""", "Pod in version \"v1\" cannot be handled as a Service")]
    public async Task A_patch_cannot_change_the_identity_of_an_object(string patch, string message)
    {
        var before = (await ListAsync()).Length;

        var refused = await _cluster.ExpectAsync(400, HttpMethod.Patch, $"{Services}/kubernetes", patch, Merge);

        Assert.Equal(message, refused.Text("message"));
        Assert.Equal(before, (await ListAsync()).Length);
    }

    [Theory]
    [InlineData("""{"metadata":null}""")]
    [InlineData("""{"metadata":{"name":null,"namespace":null}}""")]
    public async Task A_patch_cannot_remove_the_name(string patch)
    {
        var service = await _cluster.ExpectAsync(200, HttpMethod.Patch, $"{Services}/kubernetes", patch, Merge);

        Assert.Equal(("kubernetes", "default"), (service.Name(), service.Namespace()));
    }

    [Theory]
    [InlineData("replace")]
    [InlineData("add")]
    [InlineData("remove")]
    public async Task A_json_patch_of_the_whole_object_is_refused(string operation) =>
        await _cluster.ExpectAsync(
            422,
            HttpMethod.Patch,
            $"{Services}/kubernetes",
            $$"""[{"op":"{{operation}}","path":"","value":5}]""",
            "application/json-patch+json"
        );

    [Theory]
    [InlineData("default")]
    [InlineData("kube-system")]
    public async Task A_system_namespace_cannot_be_deleted(string name)
    {
        var refused = await _cluster.ExpectAsync(403, HttpMethod.Delete, $"/api/v1/namespaces/{name}");

        Assert.Equal($"namespaces \"{name}\" is forbidden: this namespace may not be deleted", refused.Text("message"));
        await _cluster.ExpectAsync(405, HttpMethod.Delete, "/api/v1/namespaces");
    }

    [Fact]
    public async Task An_invalid_scale_does_not_change_the_replicas()
    {
        const string Deployment = "/apis/apps/v1/namespaces/default/deployments/d";
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            "/apis/apps/v1/namespaces/default/deployments",
            """
            {"metadata":{"name":"d"},"spec":{"replicas":2,"selector":{"matchLabels":{"a":"b"}},
            "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"nginx"}]}}}}
            """
        );

        await _cluster.ExpectAsync(400, HttpMethod.Put, $"{Deployment}/scale", """{"spec":{"replicas":"x"}}""");
        await _cluster.ExpectAsync(400, HttpMethod.Patch, $"{Deployment}/scale", """{"spec":{"replicas":"x"}}""", Merge);

        Assert.Equal(2, (await _cluster.ExpectAsync(200, HttpMethod.Get, Deployment)).Number("spec", "replicas"));
    }

    [Fact]
    public async Task An_incomplete_owner_reference_is_refused()
    {
        var refused = await _cluster.ExpectAsync(
            422,
            HttpMethod.Post,
            "/api/v1/namespaces/default/configmaps",
            """{"metadata":{"name":"m","ownerReferences":[{"kind":"Pod"}]}}"""
        );

        Assert.Equal(
            ["metadata.ownerReferences[0].apiVersion", "metadata.ownerReferences[0].name", "metadata.ownerReferences[0].uid"],
            refused.Items("details", "causes").Select(cause => cause.Text("field"))
        );
    }

    [Fact]
    public async Task An_invalid_address_and_invalid_secret_data_are_refused()
    {
        var service = await _cluster.ExpectAsync(
            422,
            HttpMethod.Post,
            Services,
            """{"metadata":{"name":"s"},"spec":{"clusterIP":"300.1.1.1","ports":[{"port":1}]}}"""
        );
        Assert.Equal("spec.clusterIPs[0]", service.Items("details", "causes").Single().Text("field"));

        var secret = await _cluster.ExpectAsync(
            400,
            HttpMethod.Post,
            "/api/v1/namespaces/default/secrets",
            """{"metadata":{"name":"s"},"data":{"a":"not base64!"}}"""
        );
        Assert.EndsWith("illegal base64 data at input byte 3", secret.Text("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/api/v1/services?limit=abc", "abc")]
    [InlineData("GET", "/api/v1/services?timeoutSeconds=x", "x")]
    [InlineData("GET", "/api/v1/services?limit=", "")]
    [InlineData("GET", "/api/v1/services?watch=true&timeoutSeconds=1.5", "1.5")]
    [InlineData("DELETE", $"{Services}?limit=abc", "abc")]
    [InlineData("DELETE", $"{Services}/kubernetes?gracePeriodSeconds=soon", "soon")]
    public async Task An_invalid_number_in_a_query_is_refused(string method, string path, string text)
    {
        var before = (await ListAsync()).Length;

        var refused = await _cluster.ExpectAsync(400, new HttpMethod(method), path);

        Assert.Equal(
            ("BadRequest", $"strconv.ParseInt: parsing \"{text}\": invalid syntax"),
            (refused.Text("reason"), refused.Text("message"))
        );
        Assert.Equal(before, (await ListAsync()).Length);
    }

    [Theory]
    [InlineData(
        """{"spec":{"expirationSeconds":"x"}}""",
        "json: cannot unmarshal string into Go struct field TokenRequestSpec.spec.expirationSeconds of type int64"
    )]
    [InlineData(
        """{"spec":{"audiences":"x"}}""",
        "json: cannot unmarshal string into Go struct field TokenRequestSpec.spec.audiences of type []string"
    )]
    [InlineData("""{"spec":[]}""", "json: cannot unmarshal array into Go struct field TokenRequest.spec of type v1.TokenRequestSpec")]
    public async Task A_token_request_with_wrong_types_is_refused(string body, string message)
    {
        var refused = await _cluster.ExpectAsync(400, HttpMethod.Post, "/api/v1/namespaces/default/serviceaccounts/default/token", body);

        Assert.Equal($"TokenRequest in version \"v1\" cannot be handled as a TokenRequest: {message}", refused.Text("message"));
    }

    [Theory]
    [InlineData("""{"subjects":[{"kind":"User","name":"u"}]}""", "roleRef.kind roleRef.name")]
    [InlineData("""{"roleRef":{"kind":"Pod","name":"x"}}""", "roleRef.kind")]
    [InlineData(
        """
            {"roleRef":{"kind":"Role","name":"x"},"subjects":[{"kind":"ServiceAccount","name":"s"},{"kind":"Robot","name":"r"},
            {"kind":"User"}]}
            """,
        "subjects[0].namespace subjects[1].kind subjects[2].name"
    )]
    public async Task A_role_binding_needs_a_role_and_subjects(string binding, string fields)
    {
        var refused = await _cluster.ExpectAsync(
            422,
            HttpMethod.Post,
            $"{Roles}/rolebindings",
            binding.Insert(1, "\"metadata\":{\"name\":\"b\"},")
        );

        Assert.Equal(fields.Split(' '), refused.Items("details", "causes").Select(cause => cause.Text("field")));
    }

    [Fact]
    public async Task The_role_of_a_binding_is_immutable_and_incomplete_rules_of_a_role_are_refused()
    {
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            $"{Roles}/rolebindings",
            """{"metadata":{"name":"b"},"roleRef":{"kind":"Role","name":"one"},"subjects":[{"kind":"User","name":"u"}]}"""
        );

        var changed = await _cluster.ExpectAsync(422, HttpMethod.Patch, $"{Roles}/rolebindings/b", """{"roleRef":{"name":"two"}}""", Merge);
        Assert.EndsWith("cannot change roleRef", changed.Text("message"), StringComparison.Ordinal);
        var empty = await _cluster.ExpectAsync(422, HttpMethod.Post, $"{Roles}/roles", """{"metadata":{"name":"r"},"rules":[{}]}""");
        Assert.Equal(
            ["rules[0].verbs", "rules[0].apiGroups", "rules[0].resources"],
            empty.Items("details", "causes").Select(cause => cause.Text("field"))
        );
    }

    [Fact]
    public async Task Null_in_a_list_or_a_map_is_the_zero_value_and_a_null_field_is_absent()
    {
        var port = await _cluster.ExpectAsync(422, HttpMethod.Post, Services, """{"metadata":{"name":"s"},"spec":{"ports":[null]}}""");
        Assert.Equal("spec.ports[0].port", port.Items("details", "causes").First().Text("field"));
        var none = await _cluster.ExpectAsync(422, HttpMethod.Patch, $"{Services}/kubernetes", """{"spec":{"ports":[null]}}""", Merge);
        Assert.Equal("spec.ports[0].port", none.Items("details", "causes").First().Text("field"));

        var map = await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            "/api/v1/namespaces/default/configmaps",
            """{"metadata":{"name":"m","labels":{"a":null},"annotations":null},"data":{"k":null},"immutable":null}"""
        );
        Assert.Equal(("", ""), (map.Text("metadata", "labels", "a"), map.Text("data", "k")));
        Assert.False(map.ContainsKey("immutable") || map["metadata"]!.AsObject().ContainsKey("annotations"));
    }

    [Fact]
    public async Task A_null_port_is_refused_in_a_patch_that_merges_ports()
    {
        var merged = await _cluster.ExpectAsync(
            500,
            HttpMethod.Patch,
            $"{Services}/kubernetes",
            """{"spec":{"ports":[null]}}""",
            "application/strategic-merge-patch+json"
        );
        Assert.Contains("list element types are not identical", merged.Text("message"), StringComparison.Ordinal);
        var applied = await _cluster.ExpectAsync(
            500,
            HttpMethod.Patch,
            $"{Services}/kubernetes?fieldManager=m",
            """{"apiVersion":"v1","kind":"Service","spec":{"ports":[null]}}""",
            "application/apply-patch+yaml"
        );
        Assert.EndsWith(
            ".spec.ports: element 0: associative list with keys may not have a null element",
            applied.Text("message"),
            StringComparison.Ordinal
        );
        var custom = await _cluster.ExpectAsync(
            422,
            HttpMethod.Post,
            "/apis/networking.istio.io/v1/namespaces/default/gateways",
            """{"apiVersion":"networking.istio.io/v1","kind":"Gateway","metadata":{"name":"g"},"spec":{"servers":[null]}}"""
        );
        Assert.Contains("spec.servers[0] in body must be of type object: \"null\"", custom.Text("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "array")]
    [InlineData("5", "number")]
    public async Task Delete_options_other_than_an_object_are_refused(string options, string kind)
    {
        var refused = await _cluster.ExpectAsync(400, HttpMethod.Delete, $"{Services}/kubernetes", options);

        Assert.Contains($"cannot unmarshal {kind}", refused.Text("message"), StringComparison.Ordinal);
        await _cluster.ExpectAsync(200, HttpMethod.Get, $"{Services}/kubernetes");
    }

    private async Task<JsonNode[]> ListAsync() => [.. (await _cluster.ExpectAsync(200, HttpMethod.Get, "/api/v1/services")).Items("items")];
}
