using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>
/// Decodes the route values of the management API from the raw path. The server decodes everything except %2F, so its route values cannot
/// distinguish the ids "a/b" and "a%2Fb".
/// </summary>
internal static class ManagementPath
{
    public static Task DecodeAsync(HttpContext http, RequestDelegate next)
    {
        if (
            http.Request.Path.StartsWithSegments(ManagementApi.Root, StringComparison.OrdinalIgnoreCase)
            && http.GetEndpoint() is RouteEndpoint endpoint
        )
        {
            var sent = PathOf(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget).Split('/');
            foreach (var (segment, value) in endpoint.RoutePattern.PathSegments.Zip(sent.Skip(1)))
            {
                if (segment.Parts is [RoutePatternParameterPart parameter])
                {
                    http.Request.RouteValues[parameter.Name] = Uri.UnescapeDataString(value);
                }
            }
        }

        return next(http);
    }

    /// <summary>The path of a request target, which in absolute form has a scheme and an authority (RFC 9112, 3.2).</summary>
    private static string PathOf(string target)
    {
        var path = target.Split('?')[0];
        return path.StartsWith('/') ? path : path[path.IndexOf('/', path.IndexOf("://", StringComparison.Ordinal) + 3)..];
    }
}
