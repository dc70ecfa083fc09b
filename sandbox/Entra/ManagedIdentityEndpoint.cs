using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.Entra;

/// <summary>
/// Tokens without a secret, in both forms that the official credentials use: App Service (<c>IDENTITY_ENDPOINT</c> with
/// <c>IDENTITY_HEADER</c>, api-version 2019-08-01) and the instance metadata service (<c>AZURE_POD_IDENTITY_AUTHORITY_HOST</c>, api-version
/// 2018-02-01).
/// </summary>
internal sealed class ManagedIdentityEndpoint(Application application, SandboxTokens tokens, TimeProvider realTime)
{
    public const string AppServicePath = "/msi/token";
    private const string MetadataPath = "/metadata/identity/oauth2/token";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(AppServicePath, AppServiceAsync);
        endpoints.MapGet(MetadataPath, MetadataAsync);
        endpoints.MapGet("/metadata/{**rest}", http => AnswerAsync(http, 404, new JsonObject { ["error"] = "Not found" }));
    }

    public static bool Owns(string path) =>
        path.StartsWith(AppServicePath, StringComparison.OrdinalIgnoreCase)
        || path.StartsWith("/metadata/", StringComparison.OrdinalIgnoreCase);

    private Task AppServiceAsync(HttpContext http)
    {
        if (!Application.IsSecret(application.IdentityHeader, http.Request.Headers["X-IDENTITY-HEADER"].ToString()))
        {
            return AnswerAsync(
                http,
                401,
                new JsonObject { ["statusCode"] = 401, ["message"] = "The X-IDENTITY-HEADER header is missing or wrong." }
            );
        }

        return http.Request.Query["api-version"] == "2019-08-01"
            ? IssueAsync(http, problem => new JsonObject { ["statusCode"] = 400, ["message"] = problem })
            : AnswerAsync(http, 400, new JsonObject { ["statusCode"] = 400, ["message"] = "The api-version must be 2019-08-01." });
    }

    private Task MetadataAsync(HttpContext http) =>
        string.Equals(http.Request.Headers["Metadata"], "true", StringComparison.OrdinalIgnoreCase)
            ? IssueAsync(http, problem => new JsonObject { ["error"] = "invalid_request", ["error_description"] = problem })
            : AnswerAsync(
                http,
                400,
                new JsonObject { ["error"] = "invalid_request", ["error_description"] = "Required metadata header not specified" }
            );

    private Task IssueAsync(HttpContext http, Func<string, JsonObject> refuse)
    {
        if (http.Request.Query["resource"].ToString() is not { Length: > 0 } resource)
        {
            return AnswerAsync(http, 400, refuse("The resource parameter is missing."));
        }

        if (Named(http.Request.Query) is not { } identity)
        {
            return AnswerAsync(http, 400, refuse("Identity not found"));
        }

        var expires = realTime.GetUtcNow() + SandboxTokens.Lifetime;
        return AnswerAsync(
            http,
            200,
            new JsonObject
            {
                ["access_token"] = tokens.Issue(resource, Application.IdentityOf(identity)),
                ["client_id"] = identity.ClientId,
                ["expires_in"] = ((long)SandboxTokens.Lifetime.TotalSeconds).ToString(CultureInfo.InvariantCulture),
                ["expires_on"] = expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                ["resource"] = resource,
                ["token_type"] = "Bearer",
            }
        );
    }

    /// <summary>The identity that the query names, otherwise the system-assigned one.</summary>
    private static SandboxApplication? Named(IQueryCollection query)
    {
        var clientId = query["client_id"].ToString();
        var objectId = (query["principal_id"].ToString() is { Length: > 0 } principal ? principal : query["object_id"].ToString());
        return (clientId, objectId) switch
        {
            ("", "") when query.Keys.All(key => !key.EndsWith("res_id", StringComparison.Ordinal)) => Application.SystemIdentity,
            ({ Length: > 0 }, _) when string.Equals(clientId, Application.UserIdentity.ClientId, StringComparison.OrdinalIgnoreCase) =>
                Application.UserIdentity,
            ("", { Length: > 0 }) when string.Equals(objectId, Application.UserIdentity.ObjectId, StringComparison.OrdinalIgnoreCase) =>
                Application.UserIdentity,
            _ => null,
        };
    }

    private static Task AnswerAsync(HttpContext http, int status, JsonObject body)
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(body, http.RequestAborted);
    }
}
