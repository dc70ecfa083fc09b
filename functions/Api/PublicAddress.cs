using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Api;

/// <summary>
/// Under which address callers know the API: the setting <c>MeshPort:PublicUrl</c>. Needed behind a gateway such as Front Door, which asks for another host name than its callers, so that
/// <c>Location</c> and <c>nextLink</c> lead through it. Not taken from <c>X-Forwarded-Host</c>, which anybody can send.
/// </summary>
/// <param name="Url">Null: the address that the request was sent to.</param>
internal sealed record PublicAddress(Uri? Url)
{
    public const string Setting = "MeshPort:PublicUrl";

    /// <exception cref="InvalidOperationException">The setting is no such address.</exception>
    public static PublicAddress From(IConfiguration configuration) =>
        configuration[Setting] switch
        {
            null or "" => new PublicAddress((Uri?)null),
            var text
                when Uri.TryCreate(text, UriKind.Absolute, out var url)
                    && url is { Scheme: "https" or "http", Query: "", Fragment: "", UserInfo: "" } => new PublicAddress(url),
            var text => throw new InvalidOperationException(
                $"The setting {Setting} is '{text}'; write an address such as https://ports.example.com, without a query."
            ),
        };

    /// <summary>Has links in the answer lead to the public address; what the gateway puts before paths (<c>https://example.com/ports</c>) included.</summary>
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

    /// <summary>Where a path of the API is found.</summary>
    public static string Link(HttpRequest request, string path) => $"{request.Scheme}://{request.Host}{request.PathBase}{path}";
}
