using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.EventGrid;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>Ties handlers to paths. Literal segments match in any case, as in ARM. Handlers of writes run one at a time, so that what they check still holds when they write.</summary>
internal sealed class ArmRoutes(IEndpointRouteBuilder endpoints, Lock gate, ResourceEvents events)
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64 };

    public void Map(string method, string pattern, Func<ArmRequest, ArmAnswer> handler) =>
        endpoints.MapMethods(pattern, [method], http => HandleAsync(http, method == "GET" || method == "HEAD" ? handler : Exclusive(http, handler)));

    public void MapFallback(Func<ArmRequest, ArmAnswer> handler) => endpoints.MapFallback("{**path}", http => HandleAsync(http, handler));

    private Func<ArmRequest, ArmAnswer> Exclusive(HttpContext http, Func<ArmRequest, ArmAnswer> handler) => request =>
    {
        lock (gate)
        {
            return events.Record(http, () => handler(request));
        }
    };

    private static async Task HandleAsync(HttpContext http, Func<ArmRequest, ArmAnswer> handler)
    {
        var answer = handler(new ArmRequest(http, await ReadBodyAsync(http)));
        http.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            http.Response.Headers[name] = value;
        }

        if (answer.Body is { } body)
        {
            http.Response.ContentType = "application/json; charset=utf-8";
            await http.Response.WriteAsync(body.ToJsonString(), http.RequestAborted);
        }
    }

    private static async Task<JsonObject?> ReadBodyAsync(HttpContext http)
    {
        using var content = new MemoryStream();
        await http.Request.Body.CopyToAsync(content, http.RequestAborted);
        if (content.Length == 0)
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(content.ToArray(), new JsonNodeOptions { PropertyNameCaseInsensitive = true }, Strict) as JsonObject
                ?? throw ArmErrors.InvalidContent("a JSON object was expected");
        }
        catch (Exception problem) when (problem is JsonException or ArgumentException)
        {
            throw ArmErrors.InvalidContent(problem.Message);
        }
    }
}
