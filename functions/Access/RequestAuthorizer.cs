using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Access;

/// <summary>
/// Decides whether a request may be served: authenticates the caller with Entra where an audience is configured, and checks its role and
/// its request rate. The Functions host has checked the key already.
/// </summary>
internal sealed class RequestAuthorizer(AccessOptions access, EntraTokenCheck tokens, CallerLimits limits)
{
    private const string Bearer = nameof(Bearer);

    /// <param name="needed">The role that the endpoint requires.</param>
    public async Task<AccessDecision> AuthorizeAsync(HttpRequest request, Role needed, CancellationToken cancellationToken)
    {
        if (access.Audiences.Count == 0)
        {
            Tell(request, null, Role.Operator);
            return WithinLimit(KeyHolderOf(request), Role.Operator);
        }

        TokenResult token;
        try
        {
            token = await tokens.CheckAsync(request.Headers.Authorization.ToString(), access.Audiences, cancellationToken);
        }
        catch (AuthorityUnreachableException)
        {
            return new AccessDecision.Unavailable("MeshPort cannot get Entra's signing keys, so it cannot check access tokens. Try again.");
        }

        if (token.Caller is not { } caller)
        {
            return new AccessDecision.Unauthenticated(Bearer, token.Problem);
        }

        if (RoleOf(caller) is not { } role || role < needed)
        {
            return new AccessDecision.Forbidden($"This request requires the app role MeshPort.{needed}. Assign it to {NameOf(caller)}.");
        }

        Tell(request, NameOf(caller), role);
        return WithinLimit(Claim(caller, "oid") ?? NameOf(caller), role);
    }

    /// <summary>Tells the rest of the request who calls, and in which role.</summary>
    /// <param name="name">Null when nobody is known but the holder of a key.</param>
    private static void Tell(HttpRequest request, string? name, Role role)
    {
        Claim[] claims = [.. name is null ? [] : (Claim[])[new(ClaimTypes.Name, name)], new(ClaimTypes.Role, $"{role}")];
        request.HttpContext.User = new ClaimsPrincipal(new ClaimsIdentity(claims, name is null ? null : Bearer));
    }

    private AccessDecision WithinLimit(string caller, Role role) =>
        limits.Exceeds(caller) is { } wait
            ? new AccessDecision.TooManyRequests(
                $"The caller sent more than {access.RequestsPerMinute} requests in a minute. Try again later, or send a batch.",
                wait
            )
            : new AccessDecision.Granted(access.AllowListOf(role));

    /// <summary>A digest of the key. Not the address: in Azure a header supplies it, which a caller can write.</summary>
    private static string KeyHolderOf(HttpRequest request)
    {
        var key = request.Headers["x-functions-key"].FirstOrDefault() is { Length: > 0 } header
            ? header
            : request.Query["code"].FirstOrDefault() ?? ""; // the host looks in the same order
        return $"key {Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}";
    }

    private static Role? RoleOf(ClaimsIdentity caller) =>
        Has(caller, Role.Operator) ? Role.Operator
        : Has(caller, Role.Reader) ? Role.Reader
        : null;

    private static bool Has(ClaimsIdentity caller, Role role) => caller.HasClaim("roles", $"MeshPort.{role}");

    /// <summary>The name that a person recognises: of the user who signed in, or of the application.</summary>
    private static string NameOf(ClaimsIdentity caller) =>
        Claim(caller, "preferred_username")
        ?? Claim(caller, "upn")
        ?? Claim(caller, "azp")
        ?? Claim(caller, "appid")
        ?? Claim(caller, "oid")
        ?? "";

    private static string? Claim(ClaimsIdentity caller, string type) =>
        caller.FindFirst(type) is { Value: { Length: > 0 } value } ? value : null;
}

/// <summary>The decision on a request.</summary>
internal abstract record AccessDecision
{
    /// <param name="Allowed">The clusters, namespaces and ports that the caller's role may access.</param>
    internal sealed record Granted(AllowList Allowed) : AccessDecision;

    /// <param name="Scheme">The authentication scheme to use.</param>
    internal sealed record Unauthenticated(string Scheme, string Detail) : AccessDecision;

    internal sealed record Forbidden(string Detail) : AccessDecision;

    internal sealed record TooManyRequests(string Detail, TimeSpan RetryAfter) : AccessDecision;

    /// <summary>No decision is possible now.</summary>
    internal sealed record Unavailable(string Detail) : AccessDecision;
}
