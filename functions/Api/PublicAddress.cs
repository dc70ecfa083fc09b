using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Api;

/// <summary>
/// The address of the API for its callers: the setting <c>MeshPort:PublicUrl</c>. A gateway such as Front Door calls MeshPort under another
/// host name, and <c>Location</c> and <c>nextLink</c> must lead through the gateway. MeshPort ignores <c>X-Forwarded-Host</c>, because
/// every caller can send it.
/// </summary>
/// <param name="Url">Null uses the address of the request.</param>
internal sealed record PublicAddress(Uri? Url)
{
    public const string Setting = "MeshPort:PublicUrl";

    /// <exception cref="InvalidOperationException">The setting is not an address.</exception>
    public static PublicAddress From(IConfiguration configuration) =>
        configuration[Setting] switch
        {
            null or "" => new PublicAddress((Uri?)null),
            var text
                when Uri.TryCreate(text, UriKind.Absolute, out var url)
                    && url is { Scheme: "https" or "http", Query: "", Fragment: "", UserInfo: "" } => new PublicAddress(url),
            var text => throw new InvalidOperationException(
                $"The setting {Setting} is '{text}'. Set it to an address such as https://ports.example.com, without a query."
            ),
        };

    /// <summary>
    /// Makes links in the answer lead to the public address, including the path prefix of a gateway (<c>https://example.com/ports</c>).
    /// </summary>
    public void GiveTo(HttpRequest request)
    {
        if (Url is not null)
        {
            (request.Scheme, request.Host, request.PathBase) = (
                Url.Scheme,
                new HostString(Url.Authority),
                PathString.FromUriComponent(Url.AbsolutePath.TrimEnd('/'))
            );
        }
    }

    /// <summary>The address of a path of the API.</summary>
    public static string Link(HttpRequest request, string path) => $"{request.Scheme}://{request.Host}{request.PathBase}{path}";
}
