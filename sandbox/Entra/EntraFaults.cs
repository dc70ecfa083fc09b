using System.Globalization;
using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Entra;

/// <summary>Faults of the token endpoints, with the error codes of the Microsoft identity platform.</summary>
internal sealed class EntraFaults(SandboxWorld world, EntraErrors errors)
{
    private readonly FaultGate _gate = new(world.Faults, world.Clock, (http, rule) => RefuseAsync(http, rule, errors));

    public Task InvokeAsync(HttpContext http, Func<Task> next) => _gate.InvokeAsync(http, FaultCall.OfEntra(http.Request), next);

    private static async Task RefuseAsync(HttpContext http, FaultRule rule, EntraErrors errors)
    {
        var (status, error, code, message) = rule.Kind switch
        {
            FaultKind.Throttle => (429, "temporarily_unavailable", 90055, "There are too many incoming requests. Please try again later."),
            FaultKind.Refused => (
                401,
                "invalid_client",
                7000222,
                "The provided client secret keys for app are expired. Visit the Azure portal to create new keys for your app."
            ),
            FaultKind.Unavailable => (503, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again."),
            _ => (500, "server_error", 90033, "A transient error has occurred. Please try again."),
        };
        http.Response.StatusCode = status;
        if (rule.RetryAfter is { } seconds)
        {
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        http.Response.ContentType = "application/json; charset=utf-8";
        var body = errors.Describe(http.Request, error, Number(rule.Code) ?? code, rule.Message ?? message);
        await http.Response.WriteAsync(body.ToJsonString(), http.RequestAborted);
    }

    /// <summary>The number in a code such as <c>AADSTS7000222</c>.</summary>
    private static int? Number(string? code) =>
        int.TryParse(code?.Replace("AADSTS", "", StringComparison.OrdinalIgnoreCase), CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
