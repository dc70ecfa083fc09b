using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Server.OpenApi;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>The wire format: discovery, OpenAPI, representations, content types.</summary>
public sealed class WireTests : IAsyncLifetime
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private TestCluster _cluster = null!; // set by InitializeAsync before any test

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("v2")]
    [InlineData("v2beta1")]
    public async Task Aggregated_discovery_lists_all_groups_and_answers_304_the_second_time(string version)
    {
        var accept = $"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList";
        using var first = await GetAsync("/apis", $"{accept},application/json");
        var body = await JsonAsync(first);

        Assert.Equal(accept, first.Content.Headers.ContentType?.ToString().Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal($"apidiscovery.k8s.io/{version}", body.Text("apiVersion"));
        var istio = body.Items("items").Single(group => group.Text("metadata", "name") == "networking.istio.io");
        Assert.Equal(["v1", "v1beta1", "v1alpha3"], istio.Items("versions").Select(entry => entry.Text("version")));
        var deployments = body.Items("items")
            .Single(group => group.Text("metadata", "name") == "apps")
            .Items("versions")
            .Single()
            .Items("resources")
            .Single(resource => resource.Text("resource") == "deployments");
        Assert.Equal(["scale", "status"], deployments.Items("subresources").Select(inside => inside.Text("subresource")));
        Assert.Equal("Scale", deployments.Items("subresources").First().Text("responseKind", "kind"));
        // The server sent it.
        using var again = await GetAsync("/apis", accept, request => request.Headers.IfNoneMatch.Add(first.Headers.ETag!));
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Fact]
    public async Task Discovery_lists_verbs_short_names_and_the_preferred_version()
    {
        var services = (await JsonAsync("/api/v1")).Items("resources").Single(resource => resource.Text("name") == "services");
        Assert.Equal(["svc"], services.Items("shortNames").Select(name => name.ToString()));
        Assert.Equal("service", services.Text("singularName"));
        Assert.Equal(
            ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
            services.Items("verbs").Select(verb => verb.ToString())
        );
        Assert.Equal("v1", (await JsonAsync("/apis/networking.istio.io")).Text("preferredVersion", "version"));
        Assert.Contains((await JsonAsync("/api/v1")).Items("resources"), resource => resource.Text("name") == "pods/log");
        Assert.Equal(404, (await _cluster.SendAsync(HttpMethod.Get, "/apis/networking.istio.io/v9")).Code);
    }

    [Fact]
    public async Task OpenApi_3_has_merge_keys_patch_types_and_hashes()
    {
        var index = await JsonAsync("/openapi/v3");
        var document = await JsonAsync(index.Text("paths", "api/v1", "serverRelativeURL") ?? "");

        var service = document.At("components", "schemas", "io.k8s.api.core.v1.Service");
        var ports = service.At("properties", "spec", "properties", "ports");
        Assert.Equal("port", ports.Text("x-kubernetes-patch-merge-key"));
        Assert.Equal(["port", "protocol"], ports.Items("x-kubernetes-list-map-keys").Select(key => key.ToString()));
        Assert.Equal("Service", service.Items("x-kubernetes-group-version-kind").Single().Text("kind"));
        var patch = document.At("paths", "/api/v1/namespaces/{namespace}/services/{name}", "patch");
        Assert.Contains(patch.Items("parameters"), parameter => parameter.Text("name") == "fieldValidation");
        Assert.NotNull(patch.At("requestBody", "content", "application/strategic-merge-patch+json"));
        var istio = await JsonAsync("/openapi/v3/apis/networking.istio.io/v1alpha3");
        Assert.NotNull(istio.At("components", "schemas", "io.istio.networking.v1alpha3.Gateway", "properties", "spec"));
        Assert.Null(
            istio.At(
                "paths",
                "/apis/networking.istio.io/v1alpha3/namespaces/{namespace}/gateways/{name}",
                "patch",
                "requestBody",
                "content",
                "application/strategic-merge-patch+json"
            )
        );
    }

    [Fact]
    public async Task OpenApi_2_is_served_as_json_and_as_protocol_buffers()
    {
        Assert.NotNull((await JsonAsync("/openapi/v2")).At("definitions", "io.k8s.api.apps.v1.Deployment"));
        using var binary = await GetAsync("/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf");

        Assert.Equal("application/com.github.proto-openapi.spec.v2.v1.0+protobuf", binary.Content.Headers.ContentType?.ToString());
        // Field 1: swagger.
        Assert.Equal("\n\u00032.0", Encoding.UTF8.GetString((await binary.Content.ReadAsByteArrayAsync(TestCluster.Token))[..5]));
    }

    [Fact]
    public async Task Objects_are_served_as_tables_and_as_metadata_only()
    {
        var table = await JsonAsync("/api/v1/nodes?includeObject=None", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
        Assert.Equal(
            ["Name", "Status", "Roles", "Age", "Version"],
            table.Items("columnDefinitions").Where(column => column.Number("priority") == 0).Select(column => column.Text("name"))
        );
        Assert.All(table.Items("rows"), row => Assert.Null(row["object"]));
        var partial = await JsonAsync("/api/v1/nodes", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io");
        Assert.Equal("PartialObjectMetadataList", partial.Text("kind"));
        Assert.All(partial.Items("items"), item => Assert.Null(item["spec"]));
        Assert.Equal(
            "PartialObjectMetadata",
            (await JsonAsync("/api/v1/namespaces/default", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io")).Text("kind")
        );
    }

    [Fact]
    public async Task An_unavailable_format_is_406_and_an_unreadable_one_415()
    {
        using var unknown = await GetAsync("/api/v1/namespaces", "text/html");
        Assert.Equal(HttpStatusCode.NotAcceptable, unknown.StatusCode);
        Assert.Equal("NotAcceptable", (await JsonAsync(unknown)).Text("reason"));
        Assert.Equal(415, (await _cluster.SendAsync(HttpMethod.Post, ConfigMaps, "{}", "text/plain")).Code);
        Assert.Equal(413, (await _cluster.SendAsync(HttpMethod.Post, ConfigMaps, new string(' ', 3145729))).Code);
    }

    [Fact]
    public async Task Answers_are_yaml_indented_or_compressed_on_request()
    {
        using var yaml = await GetAsync("/api/v1/namespaces/default", "application/yaml");
        Assert.Contains(
            "kubernetes.io/metadata.name: default",
            await yaml.Content.ReadAsStringAsync(TestCluster.Token),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "{\n  \"",
            (await _cluster.SendAsync(HttpMethod.Get, "/api/v1/namespaces/default?pretty=true")).Body,
            StringComparison.Ordinal
        );
        using var small = await GetAsync(
            "/api/v1/namespaces/default",
            "application/json",
            request => request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"))
        );
        Assert.Empty(small.Content.Headers.ContentEncoding);
        using var large = await GetAsync(
            "/openapi/v2",
            "application/json",
            request => request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"))
        );
        Assert.Equal(["gzip"], large.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task Unknown_fields_are_refused_reported_or_ignored()
    {
        const string body = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"x-"},"dada":1}""";

        Assert.Equal(400, (await _cluster.SendAsync(HttpMethod.Post, $"{ConfigMaps}?fieldValidation=Strict&dryRun=All", body)).Code);
        Assert.Equal(["299 - \"unknown field \\\"dada\\\"\""], await WarningsAsync($"{ConfigMaps}?fieldValidation=Warn&dryRun=All", body));
        Assert.Empty(await WarningsAsync($"{ConfigMaps}?fieldValidation=Ignore&dryRun=All", body));
        Assert.Empty((await JsonAsync(ConfigMaps)).Items("items"));
    }

    [Fact]
    public async Task Bodies_may_be_protocol_buffers()
    {
        var metadata = new ProtobufWriter();
        metadata.Text(1, "binary");
        var entry = new ProtobufWriter();
        entry.Text(1, "key");
        entry.Text(2, "value");
        var map = new ProtobufWriter();
        map.Message(1, metadata);
        map.Message(2, entry);
        var type = new ProtobufWriter();
        type.Text(1, "v1");
        type.Text(2, "ConfigMap");
        var envelope = new ProtobufWriter();
        envelope.Message(1, type);
        envelope.Message(2, map);
        using var content = new ByteArrayContent([.. "k8s\0"u8, .. envelope.ToArray()]);
        content.Headers.ContentType = new("application/vnd.kubernetes.protobuf");

        using var made = await _cluster.Client.HttpClient.PostAsync(
            new Uri(_cluster.Fleet.ApiServer(TestCluster.Id), ConfigMaps),
            content,
            TestCluster.Token
        );

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal("value", (await JsonAsync($"{ConfigMaps}/binary")).Text("data", "key"));
        using var broken = new ByteArrayContent([.. "k8s\0"u8, 0x0A, 0xFF]);
        broken.Headers.ContentType = new("application/vnd.kubernetes.protobuf");
        using var refused = await _cluster.Client.HttpClient.PostAsync(
            new Uri(_cluster.Fleet.ApiServer(TestCluster.Id), ConfigMaps),
            broken,
            TestCluster.Token
        );
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    private async Task<string[]> WarningsAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _cluster.Client.HttpClient.PostAsync(
            new Uri(_cluster.Fleet.ApiServer(TestCluster.Id), path),
            content,
            TestCluster.Token
        );
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return response.Headers.TryGetValues("Warning", out var warnings) ? [.. warnings] : [];
    }

    private async Task<JsonNode> JsonAsync(string path, string accept = "application/json")
    {
        using var response = await GetAsync(path, accept);
        return await JsonAsync(response);
    }

    private static async Task<JsonNode> JsonAsync(HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync(TestCluster.Token))
        ?? throw new InvalidOperationException("an empty answer");

    private Task<HttpResponseMessage> GetAsync(string path, string accept, Action<HttpRequestMessage>? change = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_cluster.Fleet.ApiServer(TestCluster.Id), path));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        change?.Invoke(request);
        return _cluster.Client.HttpClient.SendAsync(request, TestCluster.Token);
    }
}
