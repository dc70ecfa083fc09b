using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>
/// Writes response bodies: JSON, indented on request or for interactive tools; YAML if the client accepts only that. Large bodies are
/// compressed.
/// </summary>
internal static class KubeAnswers
{
    /// <summary>The size from which real API servers compress.</summary>
    private const int CompressedFrom = 128 * 1024;

    private static readonly string[] InteractiveTools = ["curl", "Wget", "Mozilla/5.0"];

    public static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task WriteAsync(HttpContext context, int status, JsonNode body)
    {
        context.Response.Headers.CacheControl = "no-cache, private";
        return IsYaml(context.Request)
            ? WriteAsync(context, status, Encoding.UTF8.GetBytes(YamlText.Of(body)), "application/yaml")
            : WriteAsync(context, status, Json(body, IsPretty(context.Request)), "application/json");
    }

    /// <summary>A client that accepts no available format gets indented JSON (f7).</summary>
    public static Task WriteAsync(HttpContext context, KubeError error)
    {
        if (error.RetryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return error.Code == StatusCodes.Status406NotAcceptable
            ? WriteAsync(context, error.Code, Json(error.ToStatus(), pretty: true), "application/json")
            : WriteAsync(context, error.Code, error.ToStatus());
    }

    public static async Task WriteAsync(HttpContext context, int status, ReadOnlyMemory<byte> body, string contentType)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        if (body.Length < CompressedFrom || !context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal))
        {
            response.ContentLength = body.Length;
            await response.Body.WriteAsync(body, context.RequestAborted);
            return;
        }

        response.Headers.ContentEncoding = "gzip";
        await using var compressed = new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
        await compressed.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>The router answers unknown paths, so the body is text and not a Status (kube-semantics point 19).</summary>
    public static Task NotFoundAsync(HttpContext context) =>
        WriteAsync(context, 404, "404 page not found\n"u8.ToArray(), "text/plain; charset=utf-8");

    private static ReadOnlyMemory<byte> Json(JsonNode body, bool pretty)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = Plain.Encoder, Indented = pretty }))
        {
            body.WriteTo(writer, Plain);
        }

        return buffer.WrittenMemory;
    }

    private static bool IsYaml(HttpRequest request) =>
        request.Headers.Accept.ToString() is var accept && accept.StartsWith("application/yaml", StringComparison.Ordinal);

    private static bool IsPretty(HttpRequest request) =>
        request.Query.TryGetValue("pretty", out var asked)
            ? asked.ToString() is "true" or "1" or ""
            : request.Headers.UserAgent.ToString() is var agent
                && InteractiveTools.Any(tool => agent.StartsWith(tool, StringComparison.Ordinal));
}
