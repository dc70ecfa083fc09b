using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Control;

/// <summary>Request and response bodies of the control endpoint.</summary>
internal static class ControlAnswers
{
    /// <summary>camelCase names, enumerations by name, unset values omitted.</summary>
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

    /// <summary>Reads the body as a JSON object and refuses any other body.</summary>
    public static async Task<JsonObject> ReadAsync(HttpContext http)
    {
        try
        {
            return await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted) as JsonObject
                ?? throw new InvalidControlException([new("body", "Send a JSON object.")]);
        }
        catch (JsonException exception)
        {
            throw new InvalidControlException([new("body", $"The body is not JSON: {exception.Message}")]);
        }
    }
}
