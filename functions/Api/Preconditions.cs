using MeshPort.State;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MeshPort.Api;

/// <summary>
/// Reads the headers of conditional requests (RFC 9110, section 13.1): lists of etags, <c>*</c>, and weak etags, which If-Match ignores.
/// </summary>
internal static class Preconditions
{
    public static Precondition Of(HttpRequest request) =>
        new(Etags(request.Headers.IfMatch.ToString(), takesWeak: false), Etags(request.Headers.IfNoneMatch.ToString(), takesWeak: true));

    public static string Quote(string etag) => $"\"{etag}\"";

    /// <returns>
    /// Null without the header. An invalid etag counts as an etag without quotes, so that MeshPort never ignores a condition that it cannot
    /// read.
    /// </returns>
    private static string[]? Etags(string header, bool takesWeak) =>
        header.Length == 0 ? null
        : header.Trim() == Precondition.Any ? [Precondition.Any]
        : EntityTagHeaderValue.TryParseList([header], out var etags)
            ? [.. etags.Where(etag => takesWeak || !etag.IsWeak).Select(etag => Unquote(etag.Tag.ToString()))]
        : [Unquote(header)];

    private static string Unquote(string text) => text.Trim().Trim('"');
}
