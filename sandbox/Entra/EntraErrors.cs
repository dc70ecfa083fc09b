using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Entra;

/// <summary>The error body of the Microsoft identity platform (Learn, "OAuth 2.0 client credentials flow", section on errors).</summary>
internal sealed class EntraErrors(SandboxIds ids, TimeProvider realTime)
{
    /// <param name="error">The error of OAuth 2.0, such as <c>invalid_client</c>.</param>
    /// <param name="code">The number after <c>AADSTS</c>.</param>
    public JsonObject Describe(HttpRequest request, string error, int code, string message)
    {
        var trace = ids.NewGuid("trace").ToString();
        var correlation = request.Headers["client-request-id"].ToString() is { Length: > 0 } given
            ? given
            : ids.NewGuid("correlation").ToString();
        var timestamp = realTime.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["error"] = error,
            ["error_description"] = $"AADSTS{code}: {message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}",
            ["error_codes"] = new JsonArray(code),
            ["timestamp"] = timestamp,
            ["trace_id"] = trace,
            ["correlation_id"] = correlation,
            ["error_uri"] = $"{request.Scheme}://{request.Host}/error?code={code}",
        };
    }
}
