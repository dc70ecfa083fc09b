using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using MeshPort.Access;
using MeshPort.Model;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>
/// Where every request of the API comes in: who calls (Entra, where an audience is set; the Functions host has asked for its key before), whether the role suffices, how much was asked already, and
/// whether the query and the cluster's name are fit.
/// </summary>
internal sealed partial class RequestAuthorizer(
    AccessOptions access,
    EntraTokenCheck tokens,
    CallerLimits limits,
    PublicAddress address,
    ILogger<RequestAuthorizer> logger
)
{
    private const string Bearer = nameof(Bearer);
    private const string KeyHolder = "key";
    private const string AwaySeconds = "5";

    /// <summary>
    /// Serves a request. While the state store or the task hub is unavailable, the answer is 503 with Retry-After. A caller that hangs up,
    /// or a host that stops, does not fail the function: Azure Functions would log a failure as an error three times.
    /// </summary>
    public async Task<IResult> ServeAsync(HttpRequest request, Func<Task<IResult>> serve, CancellationToken cancellationToken)
    {
        try
        {
            return await serve();
        }
        catch (Exception exception) when (StateErrors.IsAway(exception) && !cancellationToken.IsCancellationRequested)
        {
            Log.Away(logger, request.Method, exception);
            request.HttpContext.Response.Headers.RetryAfter = AwaySeconds;
            return Problem.StateUnavailable();
        }
        catch (Exception exception) when (IsInterrupted(request, exception, cancellationToken))
        {
            Log.Interrupted(logger, request.Method, exception);
            request.HttpContext.Response.Headers.RetryAfter = AwaySeconds;
            return Problem.NotReady("MeshPort is stopping; send the same request again.");
        }
    }

    /// <summary>Lets in a request about a cluster.</summary>
    /// <param name="parameters">The query parameters that mean something here.</param>
    public async Task<Entry> EnterAsync(
        HttpRequest request,
        Role needed,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        CancellationToken cancellationToken,
        params string[] parameters
    )
    {
        var entry = await EnterAsync(request, needed, cancellationToken);
        if (entry.Refusal is not null)
        {
            return entry;
        }

        var isNamed = ClusterId.TryCreate(subscriptionId, resourceGroup, cluster, out var id, out var errors);
        return entry with
        {
            Cluster = id,
            Refusal = isNamed ? Query.Refusal(request, parameters) ?? entry.RefusalOf(id) : Problem.Invalid(errors),
        };
    }

    /// <summary>Lets in a request, of which the name and the query are still to be looked at.</summary>
    public async Task<Entry> EnterAsync(HttpRequest request, Role needed, CancellationToken cancellationToken)
    {
        var role = Role.Operator;
        var caller = KeyHolderOf(request);
        address.GiveTo(request);
        if (access.Audiences.Count > 0)
        {
            ClaimsIdentity? found;
            string problem;
            try
            {
                (found, problem) = await tokens.CheckAsync(request.Headers.Authorization.ToString(), cancellationToken);
            }
            catch (AuthorityUnreachableException)
            {
                return Entry.Refused(
                    Problem.NotReady("Entra's keys cannot be looked up, so that no access token can be checked; try again.")
                );
            }

            if (found is null)
            {
                request.HttpContext.Response.Headers.WWWAuthenticate = Bearer;
                return Entry.Refused(Problem.Unauthenticated(problem));
            }

            if (RoleOf(found) is not { } assigned || assigned < needed)
            {
                return Entry.Refused(Problem.Forbidden($"This takes the app role MeshPort.{needed}; have it assigned to {NameOf(found)}."));
            }

            role = assigned;
            caller = Claim(found, "oid") ?? NameOf(found);
            request.HttpContext.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, NameOf(found))], Bearer));
        }

        if (limits.Exceeds(caller) is { } wait)
        {
            request.HttpContext.Response.Headers.RetryAfter = $"{Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))}";
            return Entry.Refused(
                Problem.TooManyRequests($"More than {access.RequestsPerMinute} requests a minute; ask again later, or send a batch.")
            );
        }

        return new Entry(default, access.AllowListOf(role), null);
    }

    private static bool IsInterrupted(HttpRequest request, Exception exception, CancellationToken cancellationToken) =>
        exception is OperationCanceledException or IOException
        && (cancellationToken.IsCancellationRequested || request.HttpContext.RequestAborted.IsCancellationRequested);

    /// <summary>By the key that the host has let in, of which a digest is kept. Not by address: in Azure that is what a header says.</summary>
    private static string KeyHolderOf(HttpRequest request)
    {
        var key = request.Headers["x-functions-key"].FirstOrDefault() is { Length: > 0 } header
            ? header
            : request.Query["code"].FirstOrDefault() ?? ""; // as the host looks for it
        return $"{KeyHolder} {Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}";
    }

    private static Role? RoleOf(ClaimsIdentity caller) =>
        Has(caller, Role.Operator) ? Role.Operator
        : Has(caller, Role.Reader) ? Role.Reader
        : null;

    private static bool Has(ClaimsIdentity caller, Role role) => caller.HasClaim("roles", $"MeshPort.{role}");

    /// <summary>What a person recognises: who signed in, or the application.</summary>
    private static string NameOf(ClaimsIdentity caller) =>
        Claim(caller, "preferred_username")
        ?? Claim(caller, "upn")
        ?? Claim(caller, "azp")
        ?? Claim(caller, "appid")
        ?? Claim(caller, "oid")
        ?? "";

    private static string? Claim(ClaimsIdentity caller, string type) =>
        caller.FindFirst(type) is { Value: { Length: > 0 } value } ? value : null;

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "A {Method} was answered with 503, since state or task hub cannot be reached")]
        public static partial void Away(ILogger logger, string method, Exception exception);

        [LoggerMessage(LogLevel.Debug, "A {Method} was interrupted: its caller has hung up, or the host stops")]
        public static partial void Interrupted(ILogger logger, string method, Exception exception);
    }
}

/// <summary>A request that has come in, or the answer that refuses it.</summary>
/// <param name="Cluster">That it is about, where it is not refused.</param>
/// <param name="Allowed">What the caller's role may touch.</param>
internal sealed record Entry(ClusterId Cluster, AllowList Allowed, IResult? Refusal)
{
    public static Entry Refused(IResult refusal) => new(default, AllowList.Everything, refusal);

    public IResult? RefusalOf(ClusterId cluster) =>
        Allowed.Allows(cluster)
            ? null
            : Problem.Forbidden(
                $"Your role may not touch clusters of resource group {cluster.ResourceGroup} in subscription {cluster.SubscriptionId}."
            );
}
