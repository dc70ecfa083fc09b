using System.Net.Http.Headers;
using System.Security.Claims;
using MeshPort.Arm;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace MeshPort.Access;

/// <summary>
/// Checks Entra's access tokens of both versions (Microsoft identity platform, "Access tokens": signature, issuer, audience, lifetime). The
/// keys come from the tenant's OpenID configuration, which is read again when they change.
/// </summary>
internal sealed class EntraTokenCheck : IDisposable
{
    private readonly AccessOptions _access;
    private readonly HttpClient _http;
    private readonly ConfigurationManager<OpenIdConnectConfiguration> _configuration;
    private readonly JsonWebTokenHandler _handler = new();

    public EntraTokenCheck(AccessOptions access, AzureOptions azure)
    {
        _access = access;
        _http = new HttpClient(AzureClients.CreateHandler(azure)) { Timeout = TimeSpan.FromSeconds(10) };
        _configuration = new ConfigurationManager<OpenIdConnectConfiguration>(
            new Uri(access.Authority, $"{access.TenantId}/v2.0/.well-known/openid-configuration").AbsoluteUri,
            new OpenIdConnectConfigurationRetriever(),
            new HttpDocumentRetriever(_http)
        );
    }

    /// <param name="authorization">The value of the header Authorization.</param>
    /// <param name="audiences">The audiences that the token may have.</param>
    /// <exception cref="AuthorityUnreachableException">The signing keys cannot be read.</exception>
    public async Task<TokenResult> CheckAsync(string authorization, IReadOnlyList<string> audiences, CancellationToken cancellationToken)
    {
        if (
            !AuthenticationHeaderValue.TryParse(authorization, out var header)
            || header is not { Scheme: "Bearer" or "bearer", Parameter: { Length: > 0 } token }
        )
        {
            return new TokenResult(null, "Send an Entra access token: 'Authorization: Bearer ...'.");
        }

        var keys = await FindKeysAsync(cancellationToken);
        var result = await _handler.ValidateTokenAsync(token, Parameters(keys, audiences));
        if (!result.IsValid && result.Exception is SecurityTokenSignatureKeyNotFoundException)
        {
            _configuration.RequestRefresh(); // Entra may have new keys; the manager fetches them at most every five minutes
            result = await _handler.ValidateTokenAsync(token, Parameters(await FindKeysAsync(cancellationToken), audiences));
        }

        return result.IsValid ? new TokenResult(result.ClaimsIdentity, "") : new TokenResult(null, Explain(result.Exception));
    }

    public void Dispose() => _http.Dispose();

    private TokenValidationParameters Parameters(OpenIdConnectConfiguration keys, IReadOnlyList<string> audiences) =>
        new()
        {
            IssuerSigningKeys = keys.SigningKeys,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
            ValidAudiences = audiences,
            ValidIssuers =
            [
                keys.Issuer,
                $"https://sts.windows.net/{_access.TenantId}/",
                $"https://sts.chinacloudapi.cn/{_access.TenantId}/",
            ], // version 2, and version 1 in Azure and in Azure China
            NameClaimType = "name",
            RoleClaimType = "roles",
        };

    private async Task<OpenIdConnectConfiguration> FindKeysAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _configuration.GetConfigurationAsync(cancellationToken);
        }
        catch (InvalidOperationException exception)
        {
            throw new AuthorityUnreachableException(exception);
        }
    }

    /// <summary>Contains nothing of the token itself.</summary>
    private static string Explain(Exception exception) =>
        exception switch
        {
            SecurityTokenExpiredException => "The access token has expired. Get a new one.",
            SecurityTokenNotYetValidException => "The access token is not valid yet. Compare the clocks of caller and server.",
            SecurityTokenInvalidAudienceException => "The access token has another audience. Request a token for MeshPort's application.",
            SecurityTokenInvalidIssuerException => "The access token comes from another tenant. Get one from the tenant of MeshPort.",
            SecurityTokenInvalidSignatureException or SecurityTokenSignatureKeyNotFoundException =>
                "The access token is not signed by Entra. Get one from Entra.",
            _ => "The access token cannot be read. Get a new one.",
        };
}

/// <param name="Caller">The identity in the token; null when the token is refused.</param>
/// <param name="Problem">The reason of a refusal.</param>
internal sealed record TokenResult(ClaimsIdentity? Caller, string Problem);

/// <summary>Entra's signing keys cannot be read, so no token can be checked.</summary>
internal sealed class AuthorityUnreachableException(Exception inner) : Exception("Entra's signing keys cannot be read.", inner);
