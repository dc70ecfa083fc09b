using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Control;

/// <summary>Bodies of the control endpoint.</summary>
internal static class ControlAnswers
{
    /// <summary>Names in camelCase, enumerations by name, what is not set left out.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static Task WriteAsync(HttpContext http, int status, JsonNode body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json; charset=utf-8";
        return http.Response.WriteAsync(body.ToWire(), http.RequestAborted);
    }

    public static Task RefuseAsync(HttpContext http, int status, string code, string message, IReadOnlyList<FieldProblem>? details = null)
    {
        var error = new JsonObject { ["code"] = code, ["message"] = message };
        if (details is not null)
        {
            error["details"] = new JsonArray([
                .. details.Select(detail => (JsonNode)new JsonObject { ["field"] = detail.Field, ["message"] = detail.Message }),
            ]);
        }

        return WriteAsync(http, status, new JsonObject { ["error"] = error });
    }

    /// <summary>The body as an object; a body that is none is refused.</summary>
    public static async Task<JsonObject> ReadAsync(HttpContext http)
    {
        try
        {
            return await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted) as JsonObject
                ?? throw new InvalidControlException([new("body", "It is not a JSON object.")]);
        }
        catch (JsonException exception)
        {
            throw new InvalidControlException([new("body", $"It is not JSON: {exception.Message}")]);
        }
    }
}
