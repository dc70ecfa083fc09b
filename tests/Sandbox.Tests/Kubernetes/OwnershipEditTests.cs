using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.Controllers;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>
/// A client edits <c>metadata.managedFields</c> itself, as kubectl does when it moves fields to server-side apply (kubernetes/apimachinery,
/// managedfields/internal/fieldmanager.go: decodeLiveOrNew).
/// </summary>
public sealed class OwnershipEditTests
{
    private const string Services = "/api/v1/namespaces/default/services";
    private const string Service = $"{Services}/shop";
    private const string Key = """k:{"port":9000,"protocol":"TCP"}""";

    [Fact]
    public async Task A_patch_takes_a_port_from_its_owner_and_leaves_the_port()
    {
        await using var cluster = await ServiceAsync();
        Assert.Equal(["hand"], Owners(await cluster.ReadAsync(Service)));

        await RemoveAsync(cluster, $"/metadata/managedFields/0/fieldsV1/f:spec/f:ports/{Key}");

        var service = await cluster.ReadAsync(Service);
        Assert.Empty(Owners(service));
        Assert.Equal(9000, service.Items("spec", "ports").Single().Number("port"));
    }

    [Fact]
    public async Task A_port_without_an_owner_is_taken_without_a_conflict_and_removed_by_its_new_owner()
    {
        await using var cluster = await ServiceAsync();
        await ApplyAsync(cluster, 409, """{"name":"renamed","port":9000}""");
        await RemoveAsync(cluster, $"/metadata/managedFields/0/fieldsV1/f:spec/f:ports/{Key}");

        await ApplyAsync(cluster, 200, """{"name":"renamed","port":9000},{"name":"other","port":9001}""");
        Assert.Equal(["meshport"], Owners(await cluster.ReadAsync(Service)));

        await ApplyAsync(cluster, 200, """{"name":"other","port":9001}""");
        Assert.Equal(9001, (await cluster.ReadAsync(Service)).Items("spec", "ports").Single().Number("port"));
    }

    [Fact]
    public async Task An_update_without_the_ownership_keeps_it()
    {
        await using var cluster = await ServiceAsync();
        var service = await cluster.ReadAsync(Service);
        service["metadata"]!.AsObject().Remove("managedFields"); // every object has metadata

        await cluster.ExpectAsync(200, HttpMethod.Put, Service, service.ToJsonString());

        Assert.Equal(["hand"], Owners(await cluster.ReadAsync(Service)));
    }

    private static async Task<TestCluster> ServiceAsync()
    {
        var cluster = await TestCluster.StartAsync();
        await cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            $"{Services}?fieldManager=hand",
            """{"apiVersion":"v1","kind":"Service","metadata":{"name":"shop"},"spec":{"ports":[{"name":"by-hand","port":9000}]}}"""
        );
        return cluster;
    }

    private static Task RemoveAsync(TestCluster cluster, string pointer) =>
        cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            Service,
            new JsonArray(new JsonObject { ["op"] = "remove", ["path"] = pointer }).ToJsonString(),
            "application/json-patch+json"
        );

    private static Task ApplyAsync(TestCluster cluster, int code, string ports) =>
        cluster.ExpectAsync(
            code,
            HttpMethod.Patch,
            $"{Service}?fieldManager=meshport",
            $$$"""{"apiVersion":"v1","kind":"Service","metadata":{"name":"shop"},"spec":{"ports":[{{{ports}}}]}}""",
            "application/apply-patch+yaml"
        );

    private static IEnumerable<string?> Owners(JsonObject service) =>
        service
            .Items("metadata", "managedFields")
            .Where(entry => entry.At("fieldsV1", "f:spec", "f:ports", Key) is not null)
            .Select(entry => entry.Text("manager"));
}
