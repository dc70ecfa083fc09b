using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>A request that passed the gate: authenticated, with an api-version and a parsed body.</summary>
internal sealed class ArmRequest(HttpContext http, JsonObject? body)
{
    public ArmCaller Caller => http.Features.GetRequiredFeature<ArmCaller>();

    public string Subscription => Route("subscription");

    public string Group => Route("group");

    public string GroupId => $"/subscriptions/{Subscription}/resourceGroups/{Group}";

    public string Name => Route("name");

    public string Child => Route("child");

    /// <summary>Scheme, host and port as the client used them. Poll URLs must repeat them.</summary>
    public string BaseUrl => $"{http.Request.Scheme}://{http.Request.Host}";

    public JsonObject Body => body ?? throw ArmErrors.InvalidContent("a JSON object was expected");

    public string? IfMatch => Header("If-Match");

    public string? IfNoneMatch => Header("If-None-Match");

    public string Route(string name) => http.GetRouteValue(name) as string ?? "";

    public string? Query(string name) => http.Request.Query.TryGetValue(name, out var values) ? values.ToString() : null;

    /// <summary>The request's URL with one changed query parameter.</summary>
    public string UrlWith(string name, string value)
    {
        var query = http
            .Request.Query.Where(item => item.Key != name)
            .Select(item => KeyValuePair.Create<string, string?>(item.Key, item.Value))
            .Append(new(name, value));
        return $"{BaseUrl}{http.Request.Path}{QueryString.Create(query)}";
    }

    /// <summary>The canonical id of a resource of a type in the request's resource group.</summary>
    public string ResourceId(string type, string name) => $"{GroupId}/providers/{type}/{name}";

    private string? Header(string name) => http.Request.Headers.TryGetValue(name, out var values) ? values.ToString() : null;
}
