using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.ResourceManager.Throttling;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>
/// The gate of every request to Azure Resource Manager: correlation, token, api-version, rights, throttling, and the error envelope of the
/// answer (reference arm.md, section 6).
/// </summary>
internal sealed class ArmGate(SandboxWorld world, Application tenant, Throttle? throttle)
{
    private readonly ApiVersionCheck _versions = new(new ResourceStore(world));

    public async Task InvokeAsync(HttpContext http, Func<Task> next)
    {
        world.Traffic.CountArm(IsWrite(http.Request));
        StampHeaders(http);
        try
        {
            var path = new ArmPath(http.Request.Path.Value ?? "");
            var caller = Authenticate(http.Request);
            http.Features.Set(caller);
            StampCaller(http, caller);
            await _versions.CheckAsync(path, http.Request);
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
        headers.Pragma = "no-cache";
        headers.Expires = "-1";
        headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        headers.XContentTypeOptions = "nosniff";
        if (string.Equals(http.Request.Headers["x-ms-return-client-request-id"], "true", StringComparison.OrdinalIgnoreCase))
        {
            headers["x-ms-client-request-id"] = http.Request.Headers["x-ms-client-request-id"];
        }
    }

    /// <summary>Who called, and a number of the operation that no other has.</summary>
    private void StampCaller(HttpContext http, ArmCaller caller) =>
        http.Response.Headers["x-ms-operation-identifier"] =
            $"appId={caller.Identity.ApplicationId},tenantId={Application.TenantId},objectId={caller.Identity.ObjectId}/eastus2/"
            + world.Ids.NewGuid("operation-identifier");

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
                problem.StartsWith(SandboxTokens.WrongAudience, StringComparison.Ordinal)
                    ? "InvalidAuthenticationTokenAudience"
                    : "InvalidAuthenticationToken",
                problem,
                $", error=\"invalid_token\", error_description=\"{problem}\""
            );
    }

    private static ArmException Unauthorized(HttpRequest request, string code, string message, string extra) =>
        new(401, code, message)
        {
            Challenge = $"Bearer authorization_uri=\"{request.Scheme}://{request.Host}/{Application.TenantId}\"{extra}",
        };

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
            error["subcode"] = refusal.Subcode;
        }

        http.Response.ContentType = "application/json; charset=utf-8";
        await http.Response.WriteAsync((refusal.Flat ? error : new JsonObject { ["error"] = error }).ToWire(), http.RequestAborted);
    }
}
