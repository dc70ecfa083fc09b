using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Server.Discovery;
using MeshPort.Sandbox.Kubernetes.Server.OpenApi;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>Answers requests about the server itself: version, discovery, OpenAPI.</summary>
internal static class MetaHandler
{
    private static readonly TimeSpan ImmutableFor = TimeSpan.FromDays(365);

    public static async Task HandleAsync(HttpContext context, string path, ObjectStore store, string kubernetesVersion)
    {
        if (path is "/version" or "/version/")
        {
            await KubeAnswers.WriteAsync(context, 200, ServerVersion.Of(kubernetesVersion));
            return;
        }

        var served = ServedTypes.Of(store);
        var accept = context.Request.Headers.Accept.ToString();
        if (OpenApiDocuments.Of(served, path, accept, kubernetesVersion) is { } document)
        {
            if (context.Request.Query["hash"].ToString() == document.Hash)
            {
                context.Response.Headers.CacheControl = $"public, immutable, max-age={ImmutableFor.TotalSeconds}";
            }

            await WriteUnlessCachedAsync(context, document.Hash, document.Body, document.ContentType);
            return;
        }

        var groups = ApiGroup.Of(served);
        if (path.TrimEnd('/') is "/api" or "/apis" && AggregatedDocument.Wanted(accept) is var (contentType, version))
        {
            var aggregated = AggregatedDocument.Of(
                groups.Where(group => (group.Name.Length == 0) == (path.TrimEnd('/') == "/api")),
                version
            );
            var body = System.Text.Encoding.UTF8.GetBytes(aggregated.ToJsonString(KubeAnswers.Plain));
            context.Response.Headers.CacheControl = "public";
            context.Response.Headers.Vary = "Accept";
            await WriteUnlessCachedAsync(
                context,
                Convert.ToHexString(System.Security.Cryptography.SHA512.HashData(body)),
                body,
                contentType
            );
        }
        else if (path == "/")
        {
            await KubeAnswers.WriteAsync(context, 200, new JsonObject { ["paths"] = GroupDocuments.Texts(Paths(groups)) });
        }
        else if (GroupDocuments.Of(groups, path) is { } discovery)
        {
            await KubeAnswers.WriteAsync(context, 200, discovery);
        }
        else
        {
            await KubeAnswers.NotFoundAsync(context);
        }
    }

    /// <summary>Answers 304 to a client that already has the document.</summary>
    private static async Task WriteUnlessCachedAsync(HttpContext context, string hash, ReadOnlyMemory<byte> body, string contentType)
    {
        var tag = $"\"{hash}\"";
        context.Response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            context.Response.StatusCode = 304;
            return;
        }

        await KubeAnswers.WriteAsync(context, 200, body, contentType);
    }

    private static IEnumerable<string> Paths(IEnumerable<ApiGroup> groups) =>
        groups
            .SelectMany(group =>
                group.Versions.Select(entry =>
                    group.Name.Length == 0 ? $"/api/{entry.Version}" : $"/apis/{group.GroupVersion(entry.Version)}"
                )
            )
            .Concat(["/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"])
            .Order(StringComparer.Ordinal);
}
