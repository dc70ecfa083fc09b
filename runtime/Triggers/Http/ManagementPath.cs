using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>
/// The route values of the management API as their sender meant them. The server leaves %2F as it is and decodes all else, so that from its route values
/// the ids "a/b" and "a%2Fb" could not be told apart; the path as it was sent tells.
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

    /// <summary>Of the target of a request line, which has scheme and authority when it was sent as to a proxy (RFC 9112, 3.2).</summary>
    private static string PathOf(string target)
    {
        var path = target.Split('?')[0];
        return path.StartsWith('/') ? path : path[path.IndexOf('/', path.IndexOf("://", StringComparison.Ordinal) + 3)..];
    }
}
