using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.Entra;

/// <summary>
/// The OAuth 2.0 client credentials grant of the Microsoft identity platform (RFC 6749, section 4.4), with Entra's error codes.
/// </summary>
internal sealed class TokenEndpoint(Application application, SandboxTokens tokens, SandboxIds ids)
{
    private const string DefaultScope = "/.default";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/{tenant}/oauth2/v2.0/token", TokenAsync);
    }

    private async Task TokenAsync(HttpContext http)
    {
        var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync(http.RequestAborted) : FormCollection.Empty;
        var (status, body) = Answer(http.GetRouteValue("tenant") as string ?? "", form, http.Request.Headers.Authorization.ToString());
        http.Response.StatusCode = status;
        http.Response.Headers.CacheControl = "no-store, no-cache";
        http.Response.ContentType = "application/json; charset=utf-8";
        await http.Response.WriteAsync(body.ToWire(), http.RequestAborted);
    }

    private (int Status, JsonObject Body) Answer(string tenant, IFormCollection form, string authorization)
    {
        if (!string.Equals(tenant, Application.TenantId, StringComparison.OrdinalIgnoreCase))
        {
            return Refuse(400, "invalid_request", 90002, $"Tenant '{tenant}' not found.");
        }

        if (form["grant_type"] != "client_credentials")
        {
            return Refuse(400, "unsupported_grant_type", 70003, $"The app requested an unsupported grant type '{form["grant_type"]}'.");
        }

        var (clientId, secret) = Credential(form, authorization);
        if (application.Find(clientId) is not { ClientSecret.Length: > 0 } known)
        {
            return Refuse(400, "unauthorized_client", 700016, $"Application with identifier '{clientId}' was not found in the directory.");
        }

        if (!Application.IsSecret(known.ClientSecret, secret))
        {
            return Refuse(401, "invalid_client", 7000215, "Invalid client secret provided.");
        }

        // Clients may request openid scopes beside the resource's.
        var scope = form["scope"].ToString().Split(' ').FirstOrDefault(part => part.EndsWith(DefaultScope, StringComparison.Ordinal));
        return scope is null
            ? Refuse(
                400,
                "invalid_scope",
                1002012,
                $"The provided value for scope {form["scope"]} is not valid. Client credential flows must have a scope value with "
                    + "/.default suffixed to the resource identifier (application ID URI)."
            )
            : Grant(scope[..^DefaultScope.Length].TrimEnd('/'), known);
    }

    /// <summary>From the form or from HTTP Basic (RFC 6749, section 2.3.1).</summary>
    private static (string ClientId, string Secret) Credential(IFormCollection form, string authorization)
    {
        if (
            !AuthenticationHeaderValue.TryParse(authorization, out var header)
            || header is not { Scheme: "Basic", Parameter: { } encoded }
            || !Base64.IsValid(encoded)
        )
        {
            return (form["client_id"].ToString(), form["client_secret"].ToString());
        }

        var pair = Encoding.UTF8.GetString(Convert.FromBase64String(encoded)).Split(':', 2);
        return (Uri.UnescapeDataString(pair[0]), Uri.UnescapeDataString(pair[^1]));
    }

    private (int Status, JsonObject Body) Grant(string audience, SandboxApplication known)
    {
        var seconds = (int)SandboxTokens.Lifetime.TotalSeconds - 1;
        return (
            200,
            new JsonObject
            {
                ["token_type"] = "Bearer",
                ["expires_in"] = seconds,
                ["ext_expires_in"] = seconds,
                ["access_token"] = tokens.Issue(audience, Application.IdentityOf(known)),
            }
        );
    }

    private (int Status, JsonObject Body) Refuse(int status, string error, int code, string message) =>
        (
            status,
            new JsonObject
            {
                ["error"] = error,
                ["error_description"] = $"AADSTS{code}: {message}",
                ["error_codes"] = new JsonArray(code),
                ["trace_id"] = ids.NewGuid("trace").ToString(),
                ["correlation_id"] = ids.NewGuid("correlation").ToString(),
            }
        );
}
