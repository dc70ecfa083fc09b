using System.Globalization;
using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>
/// Faults of Azure Resource Manager. They apply after authentication, because Azure authenticates a request before it throttles it.
/// </summary>
internal sealed class ArmFaults(SandboxWorld world)
{
    private const int UsualRetryAfter = 10;
    private readonly FaultGate _gate = new(world.Faults, world.Clock, (http, rule) => throw Refusal(http, rule, world.Clock.GetUtcNow()));

    public Task InvokeAsync(HttpContext http, Func<Task> next) => _gate.InvokeAsync(http, FaultCall.OfArm(http.Request), next);

    private static ArmException Refusal(HttpContext http, FaultRule rule, DateTimeOffset now)
    {
        var (status, code, message) = rule.Kind switch
        {
            FaultKind.Throttle => (429, "SubscriptionRequestsThrottled", Throttled(http, rule.RetryAfter ?? UsualRetryAfter)),
            FaultKind.Conflict => (
                409,
                "OperationNotAllowed",
                "Operation is not allowed: Another operation (Updating) is in progress, please wait for it to finish before starting a "
                    + "new operation. See https://aka.ms/aks-pending-operation for more details"
            ),
            FaultKind.Refused when rule.Code is { } known && KnownRefusals.Of(known) is (var answer, { } text) => (answer, known, text),
            FaultKind.Refused => (
                403,
                "AuthorizationFailed",
                "The client does not have authorization to perform this action over the scope, or the scope is invalid. If access was "
                    + "recently granted, please refresh your credentials."
            ),
            FaultKind.BadGateway => (
                502,
                "BadGatewayConnection",
                "The network connectivity issue encountered for the resource provider; cannot fulfill the request."
            ),
            FaultKind.Unavailable => (503, "ServiceUnavailable", "The service is temporarily unavailable. Please try again later."),
            _ => (500, "InternalServerError", $"Encountered internal server error. Diagnostic information: {Diagnostics(http, now)}."),
        };
        return new ArmException(status, rule.Code ?? code, rule.Message ?? message)
        {
            RetryAfter = rule.Kind == FaultKind.Throttle ? rule.RetryAfter ?? UsualRetryAfter : rule.RetryAfter,
            ByProvider = rule.Kind == FaultKind.Conflict,
        };
    }

    private static string Throttled(HttpContext http, int seconds)
    {
        var kind = http.Request.Method switch
        {
            "GET" or "HEAD" => "read",
            "DELETE" => "delete",
            _ => "write",
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Number of '{kind}' requests for subscription '{Subscription(http)}' exceeded. Please try again after '{seconds}' seconds."
        );
    }

    private static string Diagnostics(HttpContext http, DateTimeOffset now) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"timestamp '{now:yyyyMMdd'T'HHmmss'Z'}', subscription id '{Subscription(http)}', tracking id "
                + $"'{http.Response.Headers["x-ms-request-id"]}', request correlation id "
                + $"'{http.Response.Headers["x-ms-correlation-request-id"]}'"
        );

    private static string Subscription(HttpContext http) =>
        http.Request.Path.Value?.Split('/') is [_, _, var subscription, ..] ? subscription : "";
}
