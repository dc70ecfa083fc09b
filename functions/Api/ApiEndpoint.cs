using System.Text.Json;
using MeshPort.Access;
using MeshPort.Model;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>
/// Runs the part that all endpoints share: authorizes the caller, checks the query and the names in the path, reads the body, and turns
/// transient failures into answers.
/// </summary>
internal sealed partial class ApiEndpoint(RequestAuthorizer authorizer, PublicAddress address, ILogger<ApiEndpoint> logger)
{
    private const string RetrySeconds = "5";

    /// <summary>
    /// Serves a request of anybody. While the state store or the task hub is unavailable, the answer is 503 with Retry-After. A caller that
    /// hangs up, or a host that stops, does not fail the function: Azure Functions would log a failure as an error three times.
    /// </summary>
    public async Task<IResult> ServeAsync(HttpRequest request, Func<Task<IResult>> serve, CancellationToken cancellationToken)
    {
        try
        {
            return await serve();
        }
        catch (Exception exception) when (StateErrors.IsAway(exception) && !cancellationToken.IsCancellationRequested)
        {
            Log.StateUnavailable(logger, request.Method, exception);
            request.HttpContext.Response.Headers.RetryAfter = RetrySeconds;
            return Problem.StateUnavailable();
        }
        catch (Exception exception) when (IsInterrupted(request, exception, cancellationToken))
        {
            Log.Interrupted(logger, request.Method, exception);
            request.HttpContext.Response.Headers.RetryAfter = RetrySeconds;
            return Problem.NotReady("MeshPort is stopping. Send the same request again.");
        }
    }

    /// <summary>Serves a request of a caller with a role.</summary>
    /// <param name="parameters">The query parameters that the endpoint knows.</param>
    public Task<IResult> ServeAsync(
        HttpRequest request,
        Role role,
        IReadOnlyList<string> parameters,
        Func<AllowList, Task<IResult>> serve,
        CancellationToken cancellationToken
    ) =>
        ServeAsync(
            request,
            async () =>
            {
                address.GiveTo(request);
                var decision = await authorizer.AuthorizeAsync(request, role, cancellationToken);
                return decision is AccessDecision.Granted { Allowed: var allowed }
                    ? Query.Refusal(request, parameters) ?? await serve(allowed)
                    : Refuse(request, decision);
            },
            cancellationToken
        );

    /// <summary>Serves a request for a cluster or an exposure.</summary>
    /// <param name="parameters">The query parameters that the endpoint knows.</param>
    public Task<IResult> ServeAsync(
        HttpRequest request,
        Role role,
        ResourceName name,
        IReadOnlyList<string> parameters,
        Func<ApiRequest, Task<IResult>> serve,
        CancellationToken cancellationToken
    ) =>
        ServeAsync(
            request,
            role,
            parameters,
            async allowed =>
                name.Errors.Count > 0 ? Problem.Invalid(name.Errors)
                : allowed.Refusal(name.Cluster) is { } forbidden ? Problem.Forbidden(forbidden)
                : await serve(new ApiRequest(request, name, allowed)),
            cancellationToken
        );

    /// <summary>Serves a PUT of <c>{"spec": {...}}</c>.</summary>
    public Task<IResult> ServePutAsync<TSpec>(
        HttpRequest request,
        ResourceName name,
        Func<JsonElement, Validated<TSpec>> validate,
        Func<ApiRequest, TSpec, Task<IResult>> serve,
        CancellationToken cancellationToken
    )
        where TSpec : class =>
        ServeAsync(
            request,
            Role.Operator,
            [Query.DryRun],
            async allowed =>
            {
                var (json, bodyErrors, refusal) = await RequestBody.ReadSpecAsync(request, cancellationToken);
                if (refusal is not null)
                {
                    return refusal;
                }

                var validated = validate(json);
                var specErrors = validated.Errors.Select(error => error with { Pointer = $"/spec{error.Pointer}" });
                return validated.Value is not { } spec || name.Errors.Count + bodyErrors.Count > 0
                        ? Problem.Invalid([.. name.Errors, .. bodyErrors, .. specErrors])
                    : allowed.Refusal(name.Cluster) is { } forbidden ? Problem.Forbidden(forbidden)
                    : await serve(new ApiRequest(request, name, allowed), spec);
            },
            cancellationToken
        );

    private static IResult Refuse(HttpRequest request, AccessDecision decision)
    {
        var headers = request.HttpContext.Response.Headers;
        switch (decision)
        {
            case AccessDecision.Unauthenticated unauthenticated:
                headers.WWWAuthenticate = unauthenticated.Scheme;
                return Problem.Unauthenticated(unauthenticated.Detail);
            case AccessDecision.TooManyRequests tooMany:
                headers.RetryAfter = $"{Math.Max(1, (int)Math.Ceiling(tooMany.RetryAfter.TotalSeconds))}";
                return Problem.TooManyRequests(tooMany.Detail);
            case AccessDecision.Forbidden forbidden:
                return Problem.Forbidden(forbidden.Detail);
            case AccessDecision.Unavailable unavailable:
                return Problem.NotReady(unavailable.Detail);
            default:
                throw new InvalidOperationException($"{decision} is not a refusal.");
        }
    }

    private static bool IsInterrupted(HttpRequest request, Exception exception, CancellationToken cancellationToken) =>
        exception is OperationCanceledException or IOException
        && (cancellationToken.IsCancellationRequested || request.HttpContext.RequestAborted.IsCancellationRequested);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "Answered a {Method} with 503 because the state store or the task hub is unavailable")]
        public static partial void StateUnavailable(ILogger logger, string method, Exception exception);

        [LoggerMessage(LogLevel.Debug, "A {Method} was interrupted because its caller hung up or the host is stopping")]
        public static partial void Interrupted(ILogger logger, string method, Exception exception);
    }
}
