using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.RequestBodies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>
/// Binds handlers to paths. Literal segments ignore case, as in ARM. Handlers of writes run one at a time, so that their checks still hold
/// when they write.
/// </summary>
internal sealed class ArmRoutes(IEndpointRouteBuilder endpoints, Lock gate, RealTraffic traffic, IResourceEvents events)
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64 };
    private readonly List<(string Method, TemplateMatcher Pattern)> _known = [];

    public void Map(string method, string pattern, Func<ArmRequest, ArmAnswer> handler)
    {
        _known.Add((method, new TemplateMatcher(TemplateParser.Parse(pattern.TrimStart('/')), [])));
        endpoints.MapMethods(
            pattern,
            [method],
            http => HandleAsync(http, method == "GET" || method == "HEAD" ? handler : Exclusive(http, handler))
        );
    }

    /// <summary>The methods that a path supports.</summary>
    public IReadOnlyList<string> Methods(string path) =>
        [.. _known.Where(route => route.Pattern.TryMatch("/" + path, [])).Select(route => route.Method).Distinct()];

    public void MapFallback(Func<ArmRequest, ArmAnswer> handler) => endpoints.MapFallback("{**path}", http => HandleAsync(http, handler));

    private Func<ArmRequest, ArmAnswer> Exclusive(HttpContext http, Func<ArmRequest, ArmAnswer> handler) =>
        request =>
        {
            lock (gate)
            {
                return events.Record(http, () => handler(request));
            }
        };

    private async Task HandleAsync(HttpContext http, Func<ArmRequest, ArmAnswer> handler)
    {
        var path = new ArmPath(http.Request.Path.Value ?? "");
        traffic.Check(path, http.Request.Headers["AKSHTTPCustomFeatures"]);
        var answer = handler(new ArmRequest(http, await ReadBodyAsync(http, path)));
        http.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            http.Response.Headers[name] = value;
        }

        if (answer.Body is { } body)
        {
            VersionShape.Trim(path, http.Request.Query["api-version"].ToString(), body);
            (http.Response.ContentType, var text) = traffic.Write(path, body);
            await http.Response.WriteAsync(text, http.RequestAborted);
        }
    }

    private static async Task<JsonObject?> ReadBodyAsync(HttpContext http, ArmPath path)
    {
        using var content = new MemoryStream();
        await http.Request.Body.CopyToAsync(content, http.RequestAborted);
        if (content.Length == 0)
        {
            return null;
        }

        try
        {
            var body =
                JsonNode.Parse(content.ToArray(), new JsonNodeOptions { PropertyNameCaseInsensitive = true }, Strict) as JsonObject
                ?? throw ArmErrors.InvalidContent("a JSON object was expected");
            BodyCheck.Apply(path, http.Request.Method, http.Request.Query["api-version"].ToString(), body);
            ManagedIdentities.Complete(path, body);
            return body;
        }
        catch (Exception problem) when (problem is JsonException or ArgumentException)
        {
            throw ArmErrors.InvalidContent(problem.Message);
        }
    }
}
