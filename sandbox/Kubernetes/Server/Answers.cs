using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Definitions;
using MeshPort.Sandbox.Kubernetes.Objects;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>How bodies are written.</summary>
internal static class Answers
{
    public static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task WriteAsync(HttpContext context, int status, JsonNode body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-cache, private";
        await context.Response.WriteAsync(body.ToJsonString(Plain), context.RequestAborted);
    }

    public static Task WriteAsync(HttpContext context, KubeError error) => WriteAsync(context, error.Code, error.ToStatus());

    /// <summary>Unknown paths are answered by the router, not by an API: text, not a Status (kube-semantics point 19).</summary>
    public static async Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = 404;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync("404 page not found\n", context.RequestAborted);
    }

    /// <summary>An object in the version that was asked for.</summary>
    public static JsonObject InVersion(ResourceType type, string version, JsonObject body)
    {
        if (version == type.Versions[0])
        {
            return type == ResourceCatalog.CustomResourceDefinition ? CustomDefinition.Whole(body) : body;
        }

        var copy = body.Copy();
        copy["apiVersion"] = type.ApiVersion(version);
        return copy;
    }
}
