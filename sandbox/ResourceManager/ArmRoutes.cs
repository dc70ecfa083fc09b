using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.RequestBodies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>
/// Binds handlers to paths. Handlers of writes run one at a time, so that their checks still hold when they write. It matches paths itself,
/// because ASP.NET's matcher takes longer to build for these routes than most tests need it.
/// </summary>
internal sealed class ArmRoutes(IEndpointRouteBuilder endpoints, Lock gate, RealTraffic traffic, IResourceEvents events)
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64 };
    private readonly List<ArmRoute> _routes = [];

    public void Map(string method, string pattern, Func<ArmRequest, ArmAnswer> handler) =>
        _routes.Add(new ArmRoute(method, pattern, handler));

    /// <summary>The methods that a path supports.</summary>
    public IReadOnlyList<string> Methods(string path) => [.. Matching(ArmRoute.Split(path)).Select(route => route.Method).Distinct()];

    /// <summary>Serves all routes, and any other request with <paramref name="handler"/>.</summary>
    public void MapFallback(Func<ArmRequest, ArmAnswer> handler) =>
        endpoints.MapFallback("{**path}", http => HandleAsync(http, Find(http) ?? handler));

    private IEnumerable<ArmRoute> Matching(string[] path) => _routes.Where(route => route.Matches(path));

    private Func<ArmRequest, ArmAnswer>? Find(HttpContext http)
    {
        var path = ArmRoute.Split(http.Request.Path.Value ?? "");
        var route = Matching(path)
            .Where(route => HttpMethods.Equals(route.Method, http.Request.Method))
            .MinBy(route => route.Precedence, StringComparer.Ordinal);
        if (route is null)
        {
            return null;
        }

        http.Request.RouteValues = route.Values(path);
        return route.IsRead ? route.Handler : Exclusive(http, route.Handler);
    }

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
