using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.ResourceManager.Throttling;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>
/// The gate of every request to Azure Resource Manager: correlation, token, api-version, rights, throttling, and the error envelope of the
/// answer (reference arm.md, section 6).
/// </summary>
internal sealed partial class ArmGate(SandboxWorld world, Application tenant, Throttle? throttle)
{
    public async Task InvokeAsync(HttpContext http, Func<Task> next)
    {
        world.Traffic.CountArm(IsWrite(http.Request));
        StampHeaders(http);
        try
        {
            var path = new ArmPath(http.Request.Path.Value ?? "");
            var caller = Authenticate(http.Request);
            http.Features.Set(caller);
            CheckApiVersion(path, http.Request);
            caller.Require(path, http.Request.Method);
            throttle?.Admit(path, http.Request.Method, caller.Identity.ObjectId, http.Response.Headers);
            await next();
        }
        catch (ArmException refusal)
        {
            await AnswerAsync(http, refusal);
        }
        // The outer edge of the server.
        catch (Exception unexpected) when (!http.RequestAborted.IsCancellationRequested && !http.Response.HasStarted)
        {
            await AnswerAsync(
                http,
                new ArmException(500, "InternalServerError", $"{unexpected.GetType().Name}: {unexpected.Message}") { ByProvider = true }
            );
        }
    }

    private static bool IsWrite(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method)
        && !HttpMethods.IsHead(request.Method)
        && request.Path.Value?.Split('/')[^1].StartsWith("listCluster", StringComparison.OrdinalIgnoreCase) != true;

    private void StampHeaders(HttpContext http)
    {
        var headers = http.Response.Headers;
        var correlation = http.Request.Headers.TryGetValue("x-ms-correlation-request-id", out var given)
            ? given.ToString()
            : world.Ids.NewGuid("correlation").ToString();
        headers["x-ms-request-id"] = world.Ids.NewGuid("request").ToString();
        headers["x-ms-correlation-request-id"] = correlation;
        headers["x-ms-routing-request-id"] = string.Create(
            CultureInfo.InvariantCulture,
            $"EASTUS2:{world.Clock.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}:{correlation}"
        );
        headers.CacheControl = "no-cache";
        if (string.Equals(http.Request.Headers["x-ms-return-client-request-id"], "true", StringComparison.OrdinalIgnoreCase))
        {
            headers["x-ms-client-request-id"] = http.Request.Headers["x-ms-client-request-id"];
        }
    }

    private ArmCaller Authenticate(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            throw Unauthorized(request, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.", "");
        }

        return world.Tokens.Check(header["Bearer ".Length..].Trim(), SandboxTokens.ResourceManagerAudience, out var problem) is { } identity
            ? new ArmCaller(identity, tenant.RoleOf(identity))
            : throw Unauthorized(
                request,
                "InvalidAuthenticationToken",
                problem,
                $", error=\"invalid_token\", error_description=\"{problem}\""
            );
    }

    private static ArmException Unauthorized(HttpRequest request, string code, string message, string extra) =>
        new(401, code, message)
        {
            Challenge = $"Bearer authorization_uri=\"{request.Scheme}://{request.Host}/{Application.TenantId}\"{extra}",
        };

    private static void CheckApiVersion(ArmPath path, HttpRequest request)
    {
        var version = request.Query["api-version"].ToString();
        if (version.Length == 0)
        {
            throw new ArmException(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests."
            );
        }

        if (!ApiVersionShape().IsMatch(version))
        {
            CheckOneOf(ResourceTypes.ApiVersions(ResourceTypes.Resources), version);
        }

        // Poll URLs accept any api-version: clients replace it with that of their first request.
        if (
            path.Provider is not { } provider
            || path.Type.Contains("operation", StringComparison.OrdinalIgnoreCase)
            || ResourceTypes.ApiVersions(provider) is not { Count: > 0 } versions
        )
        {
            return;
        }

        // Resource Manager answers requests about a provider itself, with its own api-versions.
        var ownAnswer =
            path.Type.Length == 0 || path.Type.EndsWith("register", StringComparison.OrdinalIgnoreCase) && path.Names.Count == 0;
        if (provider == ResourceTypes.Resources || ownAnswer)
        {
            CheckOneOf(ResourceTypes.ApiVersions(ResourceTypes.Resources), version);
        }
        else if (!versions.Contains(version))
        {
            throw new ArmException(
                400,
                "NoRegisteredProviderFound",
                $"No registered resource provider found for API version '{version}' for type '{path.Type}'. The supported api-versions "
                    + $"are '{string.Join(", ", versions)}'."
            );
        }
    }

    private static void CheckOneOf(IReadOnlyList<string> versions, string version)
    {
        if (!versions.Contains(version))
        {
            throw new ArmException(
                400,
                "InvalidApiVersionParameter",
                $"The api-version '{version}' is invalid. The supported versions are '{string.Join(',', versions)}'."
            );
        }
    }

    private static async Task AnswerAsync(HttpContext http, ArmException refusal)
    {
        http.Response.StatusCode = refusal.Status;
        http.Response.Headers["x-ms-failure-cause"] = refusal.ByProvider ? "service" : "gateway";
        if (refusal.RetryAfter is { } seconds)
        {
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (refusal.Challenge is { } challenge)
        {
            http.Response.Headers.WWWAuthenticate = challenge;
        }

        if (refusal.Allow is { } methods)
        {
            http.Response.Headers.Allow = methods;
        }

        if (HttpMethods.IsHead(http.Request.Method))
        {
            return;
        }

        var error = new JsonObject { ["code"] = refusal.Code, ["message"] = refusal.Message };
        if (refusal.Target is not null)
        {
            error["target"] = refusal.Target;
        }

        if (refusal.Details.Count > 0)
        {
            error["details"] = new JsonArray([
                .. refusal.Details.Select(detail => new JsonObject { ["code"] = detail.Code, ["message"] = detail.Message }),
            ]);
        }

        if (refusal.Flat)
        {
            error.TryAdd("details", null);
            error["subcode"] = "";
        }

        http.Response.ContentType = "application/json; charset=utf-8";
        await http.Response.WriteAsync((refusal.Flat ? error : new JsonObject { ["error"] = error }).ToWire(), http.RequestAborted);
    }

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}(-preview)?$")]
    private static partial Regex ApiVersionShape();
}
