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
internal sealed class TokenEndpoint(Application application, SandboxTokens tokens, EntraErrors errors)
{
    // Microsoft's applications that every tenant has.
    private static readonly string[] Graphs = ["https://graph.microsoft.com", "https://graph.windows.net"];

    private const string DefaultScope = "/.default";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/{tenant}/oauth2/v2.0/token", TokenAsync);
    }

    private async Task TokenAsync(HttpContext http)
    {
        var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync(http.RequestAborted) : FormCollection.Empty;
        var (status, body) = Answer(http.Request, http.GetRouteValue("tenant") as string ?? "", form);
        http.Response.StatusCode = status;
        http.Response.Headers.CacheControl = "no-store, no-cache";
        http.Response.ContentType = "application/json; charset=utf-8";
        await http.Response.WriteAsync(body.ToWire(), http.RequestAborted);
    }

    private (int Status, JsonObject Body) Answer(HttpRequest request, string tenant, IFormCollection form)
    {
        (int Status, JsonObject Body) Refuse(int status, string error, int code, string message) =>
            (status, errors.Describe(request, error, code, message));

        if (!string.Equals(tenant, Application.TenantId, StringComparison.OrdinalIgnoreCase))
        {
            return Refuse(
                400,
                "invalid_request",
                90002,
                $"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. "
                    + "Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
            );
        }

        if (form["grant_type"] != "client_credentials")
        {
            return Refuse(400, "unsupported_grant_type", 70003, $"The app requested an unsupported grant type '{form["grant_type"]}'.");
        }

        var (clientId, secret) = Credential(form, request.Headers.Authorization.ToString());
        if (application.Find(clientId) is not { ClientSecret.Length: > 0 } known)
        {
            return Refuse(
                400,
                "unauthorized_client",
                700016,
                $"Application with identifier '{clientId}' was not found in the directory '{Application.TenantId}'. This can happen if the "
                    + "application has not been installed by the administrator of the tenant or consented to by any user in the tenant. "
                    + "You may have sent your authentication request to the wrong tenant."
            );
        }

        if (!Application.IsSecret(known.ClientSecret, secret))
        {
            return Refuse(
                401,
                "invalid_client",
                7000215,
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client "
                    + $"secret ID, for a secret added to app '{clientId}'."
            );
        }

        // Clients may request openid scopes beside the resource's.
        var scope = form["scope"].ToString().Split(' ').FirstOrDefault(part => part.EndsWith(DefaultScope, StringComparison.Ordinal));
        if (scope is null)
        {
            return Refuse(
                400,
                "invalid_scope",
                1002012,
                $"The provided value for scope {form["scope"]} is not valid. Client credential flows must have a scope value with "
                    + "/.default suffixed to the resource identifier (application ID URI)."
            );
        }

        var resource = scope[..^DefaultScope.Length].TrimEnd('/');
        return IsKnown(resource)
            ? Grant(resource, known)
            : Refuse(
                400,
                "invalid_resource",
                500011,
                $"The resource principal named {resource} was not found in the tenant named {Application.TenantId}. This can happen if the "
                    + "application has not been installed by the administrator of the tenant or consented to by any user in the tenant. "
                    + "You might have sent your authentication request to the wrong tenant."
            );
    }

    /// <summary>Whether the tenant has an application of that id or URI.</summary>
    private bool IsKnown(string resource) =>
        SandboxTokens.ResourceManagerAudiences.Contains(resource, StringComparer.OrdinalIgnoreCase)
        || resource == SandboxTokens.KubernetesAudience
        || Graphs.Contains(resource, StringComparer.OrdinalIgnoreCase)
        || Application.FindWebHook(resource) is not null
        || application.Find(resource.Replace("api://", "", StringComparison.Ordinal)) is not null;

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
                ["access_token"] = tokens.Issue(
                    audience,
                    Application.IdentityOf(known) with
                    {
                        Roles = Application.FindWebHook(audience)?.RolesOf(known.ObjectId) ?? [],
                    }
                ),
            }
        );
    }
}
