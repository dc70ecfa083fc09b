using MeshPort.State;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MeshPort.Api;

/// <summary>RFC 9110 conditional requests (section 13.1): lists of etags, <c>*</c>, and weak etags, which If-Match never takes.</summary>
internal static class Preconditions
{
    public static Precondition Of(HttpRequest request) =>
        new(Etags(request.Headers.IfMatch.ToString(), takesWeak: false), Etags(request.Headers.IfNoneMatch.ToString(), takesWeak: true));

    public static string Quote(string etag) => $"\"{etag}\"";

    /// <returns>Null where the header is absent. What is no etag at all is taken as one without its quotes, so that a condition that cannot be read is never passed over.</returns>
    private static string[]? Etags(string header, bool takesWeak) =>
        header.Length == 0 ? null
        : header.Trim() == Precondition.Any ? [Precondition.Any]
        : EntityTagHeaderValue.TryParseList([header], out var etags)
            ? [.. etags.Where(etag => takesWeak || !etag.IsWeak).Select(etag => Unquote(etag.Tag.ToString()))]
        : [Unquote(header)];

    private static string Unquote(string text) => text.Trim().Trim('"');
}
