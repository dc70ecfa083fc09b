using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.Controllers;

/// <summary>Creates and reads objects of a test's cluster by their paths.</summary>
internal static class Manifests
{
    public const string Merge = "application/merge-patch+json";
    public const string Apps = "/apis/apps/v1/namespaces/default";
    public const string Batch = "/apis/batch/v1/namespaces/default";
    public const string Core = "/api/v1/namespaces/default";
    public const string Policy = "/apis/policy/v1/namespaces/default";

    public static Task<JsonObject> CreateAsync(this TestCluster cluster, string path, string body) =>
        cluster.ExpectAsync(201, HttpMethod.Post, path, body);

    public static Task<JsonObject> ReadAsync(this TestCluster cluster, string path) => cluster.ExpectAsync(200, HttpMethod.Get, path);

    public static Task<JsonObject> PatchAsync(this TestCluster cluster, string path, string patch) =>
        cluster.ExpectAsync(200, HttpMethod.Patch, path, patch, Merge);

    /// <summary>Waits until the object is as wanted, and returns it.</summary>
    public static Task<JsonObject> UntilAsync(this TestCluster cluster, string path, Func<JsonObject, bool> isWanted) =>
        Wait.ForAsync(async () => await cluster.ReadAsync(path) is var found && isWanted(found) ? found : null, TestCluster.Token);

    public static async Task<JsonObject[]> ListAsync(this TestCluster cluster, string path) =>
        [.. (await cluster.ReadAsync(path)).Items("items").OfType<JsonObject>()];

    /// <summary>Sends a request that is refused with the code and the message.</summary>
    public static async Task<JsonObject> RefusedAsync(
        this TestCluster cluster,
        int code,
        string message,
        HttpMethod method,
        string path,
        string? body = null
    )
    {
        var refusal = await cluster.ExpectAsync(code, method, path, body);
        Assert.Equal(message, refusal.Text("message"));
        return refusal;
    }

    public static bool Has(this JsonObject body, string condition, string status = "True") =>
        body.Items("status", "conditions").Any(item => item.Text("type") == condition && item.Text("status") == status);

    public static string Pod(string name, string container, string labels = "{}") =>
        $$"""{"metadata":{"name":"{{name}}","labels":{{labels}} },"spec":{"containers":[{{container}}]} }""";

    /// <summary>The spec of a workload with the label <c>app</c>.</summary>
    public static string Spec(string app, string container, string more = "") =>
        $$$"""
            {"selector":{"matchLabels":{"app":"{{{app}}}"} },"template":{"metadata":{"labels":{"app":"{{{app}}}"} },
            "spec":{"containers":[{{{container}}}]} }{{{more}}} }
            """;
}
