using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.Entra;

/// <summary>
/// Metadata of the authority: OpenID Connect Discovery 1.0, its keys, and the instance discovery of the Microsoft libraries.
/// </summary>
internal sealed class AuthorityMetadata(SandboxTokens tokens)
{
    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(
            "/{tenant}/v2.0/.well-known/openid-configuration",
            http => http.Response.WriteAsJsonAsync(Configuration(Authority(http)), http.RequestAborted)
        );
        endpoints.MapGet(
            "/{tenant}/.well-known/openid-configuration",
            http => http.Response.WriteAsJsonAsync(Configuration(Authority(http)), http.RequestAborted)
        );
        endpoints.MapGet(
            CloudMetadata.TrustedPath + "/{tenant}/.well-known/openid-configuration",
            http => http.Response.WriteAsJsonAsync(Configuration(Authority(http)), http.RequestAborted)
        );
        endpoints.MapGet("/{tenant}/discovery/v2.0/keys", http => http.Response.WriteAsJsonAsync(tokens.PublicKeys, http.RequestAborted));
        endpoints.MapGet("/{tenant}/discovery/instance", http => http.Response.WriteAsJsonAsync(Instance(http), http.RequestAborted));
    }

    /// <summary>Whether Entra serves the path; Entra's paths need no token.</summary>
    public static bool Owns(PathString path) =>
        path.Value is { } text
        && (
            text.Contains("/oauth2/", StringComparison.Ordinal)
            || text.Contains("/.well-known/", StringComparison.Ordinal)
            || text.Contains("/discovery/", StringComparison.Ordinal)
            || ManagedIdentityEndpoint.Owns(text)
        );

    private static string Authority(HttpContext http) => $"{http.Request.Scheme}://{http.Request.Host}/{http.GetRouteValue("tenant")}";

    private static JsonObject Configuration(string authority) =>
        new()
        {
            ["issuer"] = $"{authority}/v2.0",
            ["authorization_endpoint"] = $"{authority}/oauth2/v2.0/authorize",
            ["token_endpoint"] = $"{authority}/oauth2/v2.0/token",
            ["device_authorization_endpoint"] = $"{authority}/oauth2/v2.0/devicecode",
            ["jwks_uri"] = $"{authority}/discovery/v2.0/keys",
            ["response_types_supported"] = new JsonArray("code", "id_token"),
            ["subject_types_supported"] = new JsonArray("pairwise"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
            ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_post", "client_secret_basic"),
        };

    private static JsonObject Instance(HttpContext http)
    {
        var host = http.Request.Host.Value;
        return new JsonObject
        {
            ["tenant_discovery_endpoint"] = $"{http.Request.Scheme}://{host}/{Application.TenantId}/v2.0/.well-known/openid-configuration",
            ["api-version"] = "1.1",
            ["metadata"] = new JsonArray(
                new JsonObject
                {
                    ["preferred_network"] = host,
                    ["preferred_cache"] = host,
                    ["aliases"] = new JsonArray(host),
                }
            ),
        };
    }
}
