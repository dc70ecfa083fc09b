using System.Net.Http.Headers;
using Azure.Core;
using k8s.Authentication;

namespace MeshPort.Kubernetes;

/// <summary>Gives the Kubernetes client Entra tokens; the credential caches them.</summary>
internal sealed class EntraTokens(TokenCredential credential, string scope) : ITokenProvider
{
    public async Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken)
    {
        var token = await credential.GetTokenAsync(new TokenRequestContext([scope]), cancellationToken);
        return new AuthenticationHeaderValue("Bearer", token.Token);
    }
}
