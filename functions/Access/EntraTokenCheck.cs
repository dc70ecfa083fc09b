using System.Net.Http.Headers;
using System.Security.Claims;
using MeshPort.Arm;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace MeshPort.Access;

/// <summary>
/// Checks Entra's access tokens of both versions (Microsoft identity platform, "Access tokens": signature, issuer, audience, lifetime). The keys come from the tenant's OpenID configuration and are
/// looked up again when they change.
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

    /// <returns>Whom the token speaks for; null when it is not to be taken, and <c>Problem</c> then says why.</returns>
    /// <exception cref="AuthorityUnreachableException">The keys cannot be had.</exception>
    public async Task<(ClaimsIdentity? Caller, string Problem)> CheckAsync(string authorization, CancellationToken cancellationToken)
    {
        if (
            !AuthenticationHeaderValue.TryParse(authorization, out var header)
            || header is not { Scheme: "Bearer" or "bearer", Parameter: { Length: > 0 } token }
        )
        {
            return (null, "Send an access token of Entra: 'Authorization: Bearer ...'.");
        }

        var keys = await FindKeysAsync(cancellationToken);
        var result = await _handler.ValidateTokenAsync(token, Parameters(keys));
        if (!result.IsValid && result.Exception is SecurityTokenSignatureKeyNotFoundException)
        {
            _configuration.RequestRefresh(); // Entra has rolled its keys; what is fetched more than every five minutes comes from memory
            result = await _handler.ValidateTokenAsync(token, Parameters(await FindKeysAsync(cancellationToken)));
        }

        return result.IsValid ? (result.ClaimsIdentity, "") : (null, Explain(result.Exception));
    }

    public void Dispose() => _http.Dispose();

    private TokenValidationParameters Parameters(OpenIdConnectConfiguration keys) =>
        new()
        {
            IssuerSigningKeys = keys.SigningKeys,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
            ValidAudiences = _access.Audiences,
            ValidIssuers =
            [
                keys.Issuer,
                $"https://sts.windows.net/{_access.TenantId}/",
                $"https://sts.chinacloudapi.cn/{_access.TenantId}/",
            ], // of version 2, and of version 1 in both worlds
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

    /// <summary>Without anything of the token itself.</summary>
    private static string Explain(Exception exception) =>
        exception switch
        {
            SecurityTokenExpiredException => "The access token has expired; get a new one.",
            SecurityTokenNotYetValidException => "The access token is not valid yet; compare the clocks.",
            SecurityTokenInvalidAudienceException =>
                "The access token is for somebody else; ask for one with MeshPort's application as its resource.",
            SecurityTokenInvalidIssuerException => "The access token is of another tenant.",
            SecurityTokenInvalidSignatureException or SecurityTokenSignatureKeyNotFoundException =>
                "The access token's signature is not Entra's.",
            _ => "The access token cannot be read.",
        };
}

/// <summary>Entra's keys cannot be looked up, so that no token can be checked.</summary>
internal sealed class AuthorityUnreachableException(Exception inner) : Exception("Entra's keys cannot be looked up.", inner);
