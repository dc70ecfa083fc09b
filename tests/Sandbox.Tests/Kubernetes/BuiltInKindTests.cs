using MeshPort.Sandbox.Kubernetes.Objects;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Defaults, field errors and immutable fields of the built-in kinds.</summary>
public sealed class BuiltInKindTests : IAsyncLifetime
{
    private const string Deployments = "/apis/apps/v1/namespaces/default/deployments";
    private const string Services = "/api/v1/namespaces/default/services";
    private TestCluster _cluster = null!; // set by InitializeAsync before any test

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData(
        "\"image\":\"a\",\"ports\":[{\"containerPort\":0}]",
        "spec.template.spec.containers[0].ports[0].containerPort: Required value"
    )]
    [InlineData(
        "\"image\":\"a\",\"ports\":[{\"containerPort\":70000}]",
        "spec.template.spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"
    )]
    [InlineData("\"image\":\"\"", "spec.template.spec.containers[0].image: Required value")]
    [InlineData(
        "\"image\":\"a\",\"livenessProbe\":{}",
        "spec.template.spec.containers[0].livenessProbe: Required value: must specify a handler type"
    )]
    [InlineData(
        "\"image\":\"a\",\"livenessProbe\":{\"tcpSocket\":{\"port\":1},\"successThreshold\":2}",
        "spec.template.spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1"
    )]
    [InlineData(
        "\"image\":\"a\",\"resources\":{\"requests\":{\"cpu\":\"200m\"},\"limits\":{\"cpu\":\"0.1\"}}",
        "spec.template.spec.containers[0].resources.requests: Invalid value: \"200m\": must be less than or equal to cpu limit of 100m"
    )]
    public async Task An_invalid_container_of_a_deployment_is_refused_with_its_field(string container, string message)
    {
        var status = await _cluster.ExpectAsync(422, HttpMethod.Post, Deployments, Deployment("d", "x", container));

        Assert.Equal($"Deployment.apps \"d\" is invalid: {message}", status.Text("message"));
    }

    [Fact]
    public async Task The_selector_of_a_deployment_matches_its_template_and_is_immutable()
    {
        var mismatch = await _cluster.ExpectAsync(422, HttpMethod.Post, Deployments, Deployment("d", "other", "\"image\":\"a\""));
        Assert.Equal(
            "Deployment.apps \"d\" is invalid: spec.template.metadata.labels: Invalid value: {\"app\":\"x\"}: `selector` does not match "
                + "template `labels`",
            mismatch.Text("message")
        );

        var made = await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            Deployments,
            Deployment("d", "x", "\"image\":\"a\",\"readinessProbe\":{\"httpGet\":{\"port\":80}}")
        );
        Assert.Equal(
            (1L, 600L, "RollingUpdate"),
            (made.Number("spec", "replicas"), made.Number("spec", "progressDeadlineSeconds"), made.Text("spec", "strategy", "type"))
        );
        var probe = made.Items("spec", "template", "spec", "containers").Single()["readinessProbe"];
        Assert.Equal((10L, 3L, "/"), (probe.Number("periodSeconds"), probe.Number("failureThreshold"), probe.Text("httpGet", "path")));

        var changed = await _cluster.ExpectAsync(
            422,
            HttpMethod.Patch,
            $"{Deployments}/d",
            """{"spec":{"selector":{"matchLabels":{"app":"y"}},"template":{"metadata":{"labels":{"app":"y"}}}}}""",
            "application/merge-patch+json"
        );
        Assert.EndsWith("field is immutable", changed.Text("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.5", "500m")]
    [InlineData("\"0.1\"", "100m")]
    [InlineData("2", "2")]
    [InlineData("\"1500m\"", "1500m")]
    [InlineData("\"100000m\"", "100")]
    [InlineData("\"1024Mi\"", "1Gi")]
    [InlineData("\"1.5Gi\"", "1536Mi")]
    [InlineData("\"0.5Ki\"", "512")]
    [InlineData("\"12e6\"", "12e6")]
    [InlineData("\"0\"", "0")]
    [InlineData("1e40", "9223372036854775807")]
    public async Task A_quantity_is_a_number_or_a_string_and_stored_in_its_canonical_form(string given, string stored)
    {
        var made = await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            Deployments,
            Deployment("d", "x", $"\"image\":\"a\",\"resources\":{{\"limits\":{{\"cpu\":{given}}}}}")
        );

        Assert.Equal(stored, made.Items("spec", "template", "spec", "containers").Single().Text("resources", "limits", "cpu"));
    }

    [Theory]
    [InlineData(
        "\"readinessProbe\":[]",
        "json: cannot unmarshal array into Go struct field Container.spec.template.spec.containers.readinessProbe of type v1.Probe"
    )]
    [InlineData(
        "\"readinessProbe\":{\"tcpSocket\":{\"port\":80},\"periodSeconds\":\"3\"}",
        "json: cannot unmarshal string into Go struct field Probe.spec.template.spec.containers.readinessProbe.periodSeconds of type int32"
    )]
    [InlineData(
        "\"envFrom\":[{\"configMapRef\":\"x\"}]",
        "json: cannot unmarshal string into Go struct field EnvFromSource.spec.template.spec.containers.envFrom.configMapRef of type "
            + "v1.ConfigMapEnvSource"
    )]
    public async Task A_nested_value_of_a_pod_must_have_its_declared_type(string field, string why)
    {
        var refused = await _cluster.ExpectAsync(400, HttpMethod.Post, Deployments, Deployment("d", "x", $"\"image\":\"a\",{field}"));

        Assert.Equal($"Deployment in version \"v1\" cannot be handled as a Deployment: {why}", refused.Text("message"));
    }

    [Fact]
    public async Task An_excessive_number_of_replicas_is_refused_in_every_kind_of_request()
    {
        const string Applied = """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},
            "spec":{"replicas":99999999999,"selector":{"matchLabels":{"app":"x"}},
            "template":{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"c","image":"a"}]}}}}
            """;
        await _cluster.ExpectAsync(201, HttpMethod.Post, Deployments, Deployment("d", "x", "\"image\":\"a\""));

        await _cluster.ExpectAsync(400, HttpMethod.Post, Deployments, Applied);
        await _cluster.ExpectAsync(
            400,
            HttpMethod.Patch,
            $"{Deployments}/d",
            """{"spec":{"replicas":99999999999}}""",
            "application/merge-patch+json"
        );
        await _cluster.ExpectAsync(
            400,
            HttpMethod.Patch,
            $"{Deployments}/d/scale",
            """{"spec":{"replicas":99999999999}}""",
            "application/merge-patch+json"
        );
        var refused = await _cluster.ExpectAsync(
            400,
            HttpMethod.Patch,
            $"{Deployments}/d?fieldManager=foo&force=true",
            Applied,
            "application/apply-patch+yaml"
        );

        Assert.EndsWith(
            "json: cannot unmarshal number 99999999999 into Go struct field DeploymentSpec.replicas of type int32",
            refused.Text("message"),
            StringComparison.Ordinal
        );
        Assert.Equal(1, (await _cluster.ExpectAsync(200, HttpMethod.Get, $"{Deployments}/d")).Number("spec", "replicas"));
    }

    [Fact]
    public async Task A_misspelled_nested_field_of_a_pod_is_named()
    {
        var misspelled = Deployment("d", "x", "\"image\":\"a\",\"readinessProbe\":{\"tcpSocket\":{\"port\":80},\"periodSecond\":3}");

        var refused = await _cluster.ExpectAsync(400, HttpMethod.Post, $"{Deployments}?fieldValidation=Strict", misspelled);

        Assert.EndsWith(
            "strict decoding error: unknown field \"spec.template.spec.containers[0].readinessProbe.periodSecond\"",
            refused.Text("message"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Empty_lists_and_maps_are_omitted()
    {
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            Services,
            """{"metadata":{"name":"s","labels":{"a":"b"},"annotations":{}},"spec":{"ports":[{"port":1}],"externalIPs":[],"selector":{}}}"""
        );

        var service = await _cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            $"{Services}/s",
            """[{"op":"remove","path":"/metadata/labels/a"}]""",
            "application/json-patch+json"
        );

        Assert.Equal(
            ["creationTimestamp", "managedFields", "name", "namespace", "resourceVersion", "uid"],
            service.Child("metadata").Select(field => field.Key).Order(StringComparer.Ordinal)
        );
        Assert.False(service.Child("spec").ContainsKey("externalIPs") || service.Child("spec").ContainsKey("selector"));
    }

    [Fact]
    public async Task The_decoder_refuses_an_invalid_quantity()
    {
        var status = await _cluster.ExpectAsync(
            400,
            HttpMethod.Post,
            Deployments,
            Deployment("d", "x", "\"image\":\"a\",\"resources\":{\"limits\":{\"cpu\":\"much\"}}")
        );

        Assert.EndsWith(
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
            status.Text("message"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(
        "\"maxReplicas\":0",
        "[spec.maxReplicas: Invalid value: 0: must be greater than 0, spec.maxReplicas: Invalid value: 0: must be greater than or equal "
            + "to `minReplicas`]"
    )]
    [InlineData(
        "\"minReplicas\":3,\"maxReplicas\":2",
        "spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`"
    )]
    public async Task The_bounds_of_an_autoscaler_are_validated(string bounds, string message)
    {
        var status = await _cluster.ExpectAsync(
            422,
            HttpMethod.Post,
            "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
            $$$"""
            {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"h"},
            "spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"d"},{{{bounds}}}}}
            """
        );

        Assert.Equal($"HorizontalPodAutoscaler.autoscaling \"h\" is invalid: {message}", status.Text("message"));
    }

    [Theory]
    [InlineData(
        "\"type\":\"Other\",\"ports\":[{\"port\":1}]",
        "spec.type: Unsupported value: \"Other\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\""
    )]
    [InlineData(
        "\"type\":\"LoadBalancer\",\"loadBalancerSourceRanges\":[\"nope\"],\"ports\":[{\"port\":1}]",
        "spec.loadBalancerSourceRanges[0]: Invalid value: \"nope\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
    )]
    [InlineData(
        "\"ports\":[{\"port\":1,\"protocol\":\"ICMP\"}]",
        "spec.ports[0].protocol: Unsupported value: \"ICMP\": supported values: \"SCTP\", \"TCP\", \"UDP\""
    )]
    public async Task An_invalid_service_is_refused_with_its_field(string spec, string message)
    {
        var status = await _cluster.ExpectAsync(
            422,
            HttpMethod.Post,
            Services,
            $$$"""{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{{{{spec}}}}}"""
        );

        Assert.Equal($"Service \"s\" is invalid: {message}", status.Text("message"));
    }

    [Fact]
    public async Task A_service_keeps_its_cluster_address_and_has_addresses_only_as_a_load_balancer()
    {
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            Services,
            """{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"ports":[{"port":1}]}}"""
        );

        var moved = await _cluster.ExpectAsync(
            422,
            HttpMethod.Patch,
            $"{Services}/s",
            """{"spec":{"clusterIP":"10.0.9.9","clusterIPs":["10.0.9.9"]}}""",
            "application/merge-patch+json"
        );
        Assert.Equal(
            "Service \"s\" is invalid: spec.clusterIPs[0]: Invalid value: [\"10.0.9.9\"]: may not change once set",
            moved.Text("message")
        );
        var status = await _cluster.ExpectAsync(
            422,
            HttpMethod.Patch,
            $"{Services}/s/status",
            """{"status":{"loadBalancer":{"ingress":[{"ip":"127.0.0.1"}]}}}""",
            "application/merge-patch+json"
        );
        Assert.Equal(
            "Service \"s\" is invalid: status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
            status.Text("message")
        );
        var noAddress = await _cluster.ExpectAsync(
            422,
            HttpMethod.Patch,
            $"/api/v1/namespaces/{TestCluster.Ingress}/services/{TestCluster.External}/status",
            """{"status":{"loadBalancer":{"ingress":[{"ip":"here"}]}}}""",
            "application/merge-patch+json"
        );
        Assert.EndsWith(
            "is invalid: status.loadBalancer.ingress[0].ip: Invalid value: \"here\": must be a valid IP address",
            noAddress.Text("message"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Point_19_a_list_in_a_missing_namespace_is_empty_and_an_unknown_resource_is_a_404_of_the_router()
    {
        Assert.Empty((await _cluster.ExpectAsync(200, HttpMethod.Get, "/api/v1/namespaces/nowhere/services")).Items("items"));
        Assert.Equal((404, "404 page not found\n"), await _cluster.SendAsync(HttpMethod.Get, "/apis/nope.example.com/v1/things"));
        Assert.Equal((404, "404 page not found\n"), await _cluster.SendAsync(HttpMethod.Get, "/apis/networking.istio.io/v9/gateways"));
        var missing = await _cluster.ExpectAsync(
            404,
            HttpMethod.Post,
            "/api/v1/namespaces/nowhere/configmaps",
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}"""
        );
        Assert.Equal("namespaces \"nowhere\" not found", missing.Text("message"));
    }

    [Fact]
    public async Task String_data_of_a_secret_is_stored_encoded_and_its_type_is_immutable()
    {
        var made = await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            "/api/v1/namespaces/default/secrets",
            """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"stringData":{"k":"hello"}}"""
        );
        Assert.Equal(("aGVsbG8=", null), (made.Text("data", "k"), made.At("stringData")));

        var changed = await _cluster.ExpectAsync(
            422,
            HttpMethod.Patch,
            "/api/v1/namespaces/default/secrets/s",
            """{"type":"kubernetes.io/tls"}""",
            "application/merge-patch+json"
        );
        Assert.Equal("Secret \"s\" is invalid: type: Invalid value: \"kubernetes.io/tls\": field is immutable", changed.Text("message"));
    }

    [Fact]
    public async Task A_terminating_namespace_refuses_new_objects_and_is_deleted_with_the_last_finalizer()
    {
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            "/api/v1/namespaces",
            """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"dying"}}"""
        );
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            "/api/v1/namespaces/dying/configmaps",
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"held","finalizers":["example.com/hold"]}}"""
        );
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            "/api/v1/namespaces/dying/configmaps",
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"free"}}"""
        );

        var deleted = await _cluster.ExpectAsync(200, HttpMethod.Delete, "/api/v1/namespaces/dying");

        Assert.Equal("Terminating", deleted.Text("status", "phase"));
        Assert.Equal(404, (await _cluster.SendAsync(HttpMethod.Get, "/api/v1/namespaces/dying/configmaps/free")).Code);
        var refused = await _cluster.ExpectAsync(
            403,
            HttpMethod.Post,
            "/api/v1/namespaces/dying/services",
            """{"apiVersion":"v1","kind":"Service","metadata":{"name":"x"},"spec":{"ports":[{"port":1}]}}"""
        );
        Assert.Equal(
            "services \"x\" is forbidden: unable to create new content in namespace dying because it is being terminated",
            refused.Text("message")
        );
        Assert.Equal("NamespaceTerminating", refused.Items("details", "causes").Single().Text("reason"));

        await _cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            "/api/v1/namespaces/dying/configmaps/held",
            """{"metadata":{"finalizers":null}}""",
            "application/merge-patch+json"
        );
        await Wait.UntilAsync(
            async () => (await _cluster.SendAsync(HttpMethod.Get, "/api/v1/namespaces/dying")).Code == 404,
            TestCluster.Token
        );
    }

    private static string Deployment(string name, string selector, string container) =>
        $$$"""
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"{{{name}}}"},
            "spec":{"selector":{"matchLabels":{"app":"{{{selector}}}"}},"template":{"metadata":{"labels":{"app":"x"}},
            "spec":{"containers":[ {"name":"c",{{{container}}}} ] } } } }
            """;
}
