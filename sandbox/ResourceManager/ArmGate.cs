using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>What every request to Azure Resource Manager goes through: correlation, token, api-version, and on the way out the error envelope (reference arm.md, section 6).</summary>
internal sealed partial class ArmGate(SandboxWorld world, string authority)
{
    public async Task InvokeAsync(HttpContext http, Func<Task> next)
    {
        world.Traffic.CountArm(IsWrite(http.Request));
        StampHeaders(http);
        try
        {
            Authenticate(http.Request);
            CheckApiVersion(http.Request);
            await next();
        }
        catch (ArmException refusal)
        {
            await AnswerAsync(http, refusal);
        }
        catch (Exception unexpected) when (!http.RequestAborted.IsCancellationRequested && !http.Response.HasStarted) // the outer edge of the server
        {
            await AnswerAsync(http, new ArmException(500, "InternalServerError", $"{unexpected.GetType().Name}: {unexpected.Message}") { ByProvider = true });
        }
    }

    private static bool IsWrite(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)
        && request.Path.Value?.Split('/')[^1].StartsWith("listCluster", StringComparison.OrdinalIgnoreCase) != true;

    private void StampHeaders(HttpContext http)
    {
        var headers = http.Response.Headers;
        var correlation = http.Request.Headers.TryGetValue("x-ms-correlation-request-id", out var given) ? given.ToString() : world.Ids.NewGuid("correlation").ToString();
        headers["x-ms-request-id"] = world.Ids.NewGuid("request").ToString();
        headers["x-ms-correlation-request-id"] = correlation;
        headers["x-ms-routing-request-id"] = string.Create(CultureInfo.InvariantCulture, $"EASTUS2:{world.Clock.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}:{correlation}");
        headers.CacheControl = "no-cache";
        if (string.Equals(http.Request.Headers["x-ms-return-client-request-id"], "true", StringComparison.OrdinalIgnoreCase))
        {
            headers["x-ms-client-request-id"] = http.Request.Headers["x-ms-client-request-id"];
        }

        var (bucket, remaining) = http.Request.Method switch
        {
            "GET" or "HEAD" => ("reads", 249),
            "DELETE" => ("deletes", 199),
            _ => ("writes", 199),
        };
        headers[$"x-ms-ratelimit-remaining-subscription-{bucket}"] = remaining.ToString(CultureInfo.InvariantCulture);
        headers[$"x-ms-ratelimit-remaining-subscription-global-{bucket}"] = ((remaining + 1) * 15 - 1).ToString(CultureInfo.InvariantCulture);
    }

    private void Authenticate(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            throw Unauthorized("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.", "");
        }

        if (world.Tokens.Check(header["Bearer ".Length..], SandboxTokens.ResourceManagerAudience, out var problem) is null)
        {
            throw Unauthorized("InvalidAuthenticationToken", problem, $", error=\"invalid_token\", error_description=\"{problem}\"");
        }
    }

    private ArmException Unauthorized(string code, string message, string extra) =>
        new(401, code, message) { Challenge = $"Bearer authorization_uri=\"{authority}\"{extra}" };

    private static void CheckApiVersion(HttpRequest request)
    {
        var version = request.Query["api-version"].ToString();
        if (version.Length == 0)
        {
            throw new ArmException(400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.");
        }

        if (!ApiVersionShape().IsMatch(version))
        {
            throw new ArmException(400, "InvalidApiVersionParameter", $"The api-version '{version}' is invalid. The supported versions are '{string.Join(',', ResourceTypes.ApiVersions(ResourceTypes.Resources))}'.");
        }

        // Poll URLs are taken with any api-version: clients rewrite it to that of their first request.
        var segments = request.Path.Value?.Split('/', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (segments.Any(segment => segment.StartsWith("operation", StringComparison.OrdinalIgnoreCase)))
        {
            return;
        }

        var after = Array.FindLastIndex(segments, segment => string.Equals(segment, "providers", StringComparison.OrdinalIgnoreCase));
        if (after >= 0 && after + 2 < segments.Length && ResourceTypes.Namespace(segments[after + 1]) is { } provider
            && provider != ResourceTypes.Features && !IsFeaturePath(segments) && !IsRegistration(segments, after) && !ResourceTypes.ApiVersions(provider).Contains(version))
        {
            throw new ArmException(400, "NoRegisteredProviderFound", $"No registered resource provider found for API version '{version}' for type '{segments[after + 2]}'. The supported api-versions are '{string.Join(", ", ResourceTypes.ApiVersions(provider))}'.");
        }
    }

    private static bool IsFeaturePath(string[] segments) => segments.Any(segment => string.Equals(segment, ResourceTypes.Features, StringComparison.OrdinalIgnoreCase));

    private static bool IsRegistration(string[] segments, int after) =>
        after + 3 == segments.Length && segments[^1].EndsWith("register", StringComparison.OrdinalIgnoreCase);

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

        if (HttpMethods.IsHead(http.Request.Method))
        {
            return;
        }

        var error = new JsonObject { ["code"] = refusal.Code, ["message"] = refusal.Message };
        if (refusal.Target is not null)
        {
            error["target"] = refusal.Target;
        }

        if (refusal.Flat)
        {
            error["details"] = null;
            error["subcode"] = "";
        }

        http.Response.ContentType = "application/json; charset=utf-8";
        await http.Response.WriteAsync((refusal.Flat ? error : new JsonObject { ["error"] = error }).ToJsonString(), http.RequestAborted);
    }

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}(-preview)?$")]
    private static partial Regex ApiVersionShape();
}
