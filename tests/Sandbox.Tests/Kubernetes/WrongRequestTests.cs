using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Requests that a client should not send are refused as a real server refuses them, and change nothing.</summary>
public sealed class WrongRequestTests : IAsyncLifetime
{
    private const string Services = "/api/v1/namespaces/default/services";
    private const string Merge = "application/merge-patch+json";
    private TestCluster _cluster = null!; // set by InitializeAsync before any test

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("""{"metadata":{"name":"other"}}""", "the name of the object (other) does not match the name on the URL (kubernetes)")]
    [InlineData("""{"metadata":{"namespace":"kube-system"}}""", "the namespace of the provided object does not match the namespace sent on the request")]
    [InlineData("""{"kind":"Pod"}""", "Pod in version \"v1\" cannot be handled as a Service")]
    public async Task A_patch_does_not_make_another_object_of_one(string patch, string message)
    {
        var before = (await ListAsync()).Length;

        var refused = await _cluster.ExpectAsync(400, HttpMethod.Patch, $"{Services}/kubernetes", patch, Merge);

        Assert.Equal(message, refused.Text("message"));
        Assert.Equal(before, (await ListAsync()).Length);
    }

    [Theory]
    [InlineData("""{"metadata":null}""")]
    [InlineData("""{"metadata":{"name":null,"namespace":null}}""")]
    public async Task A_patch_that_takes_the_name_away_leaves_it(string patch)
    {
        var service = await _cluster.ExpectAsync(200, HttpMethod.Patch, $"{Services}/kubernetes", patch, Merge);

        Assert.Equal(("kubernetes", "default"), (service.Name(), service.Namespace()));
    }

    [Theory]
    [InlineData("replace")]
    [InlineData("add")]
    [InlineData("remove")]
    public async Task A_json_patch_of_the_whole_object_is_refused(string operation) =>
        await _cluster.ExpectAsync(422, HttpMethod.Patch, $"{Services}/kubernetes", $$"""[{"op":"{{operation}}","path":"","value":5}]""", "application/json-patch+json");

    [Theory]
    [InlineData("default")]
    [InlineData("kube-system")]
    public async Task A_namespace_of_the_server_stays(string name)
    {
        var refused = await _cluster.ExpectAsync(403, HttpMethod.Delete, $"/api/v1/namespaces/{name}");

        Assert.Equal($"namespaces \"{name}\" is forbidden: this namespace may not be deleted", refused.Text("message"));
        await _cluster.ExpectAsync(405, HttpMethod.Delete, "/api/v1/namespaces");
    }

    [Fact]
    public async Task A_scale_that_is_no_number_leaves_the_replicas()
    {
        const string Deployment = "/apis/apps/v1/namespaces/default/deployments/d";
        await _cluster.ExpectAsync(201, HttpMethod.Post, "/apis/apps/v1/namespaces/default/deployments", """
            {"metadata":{"name":"d"},"spec":{"replicas":2,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"nginx"}]}}}}
            """);

        await _cluster.ExpectAsync(400, HttpMethod.Put, $"{Deployment}/scale", """{"spec":{"replicas":"x"}}""");
        await _cluster.ExpectAsync(400, HttpMethod.Patch, $"{Deployment}/scale", """{"spec":{"replicas":"x"}}""", Merge);

        Assert.Equal(2, (await _cluster.ExpectAsync(200, HttpMethod.Get, Deployment)).Number("spec", "replicas"));
    }

    [Fact]
    public async Task An_owner_reference_is_whole()
    {
        var refused = await _cluster.ExpectAsync(422, HttpMethod.Post, "/api/v1/namespaces/default/configmaps", """{"metadata":{"name":"m","ownerReferences":[{"kind":"Pod"}]}}""");

        Assert.Equal(["metadata.ownerReferences[0].apiVersion", "metadata.ownerReferences[0].name", "metadata.ownerReferences[0].uid"], refused.Items("details", "causes").Select(cause => cause.Text("field")));
    }

    [Fact]
    public async Task An_address_and_secret_data_are_what_they_say()
    {
        var service = await _cluster.ExpectAsync(422, HttpMethod.Post, Services, """{"metadata":{"name":"s"},"spec":{"clusterIP":"300.1.1.1","ports":[{"port":1}]}}""");
        Assert.Equal("spec.clusterIPs[0]", service.Items("details", "causes").Single().Text("field"));

        var secret = await _cluster.ExpectAsync(400, HttpMethod.Post, "/api/v1/namespaces/default/secrets", """{"metadata":{"name":"s"},"data":{"a":"not base64!"}}""");
        Assert.EndsWith("illegal base64 data at input byte 3", secret.Text("message"), StringComparison.Ordinal);
    }

    private async Task<JsonNode[]> ListAsync() => [.. (await _cluster.ExpectAsync(200, HttpMethod.Get, "/api/v1/services")).Items("items")];
}
