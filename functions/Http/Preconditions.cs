using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Http;

/// <summary>RFC 9110 conditional requests.</summary>
internal static class Preconditions
{
    public static Precondition Of(HttpRequest request)
    {
        var match = request.Headers.IfMatch.ToString();
        return new Precondition(match.Length == 0 ? null : Unquote(match), request.Headers.IfNoneMatch.ToString() == "*");
    }

    public static string Quote(string etag) => $"\"{etag}\"";

    private static string Unquote(string text) => text.Trim().Trim('"');
}
