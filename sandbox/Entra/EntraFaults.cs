using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Entra;

/// <summary>Faults of the token endpoints, with the error codes of the Microsoft identity platform.</summary>
internal sealed class EntraFaults(SandboxWorld world)
{
    private readonly FaultGate _gate = new(world.Faults, world.Clock, RefuseAsync);

    public Task InvokeAsync(HttpContext http, Func<Task> next) => _gate.InvokeAsync(http, FaultCall.OfEntra(http.Request), next);

    private static async Task RefuseAsync(HttpContext http, FaultRule rule)
    {
        var (status, error, code, message) = rule.Kind switch
        {
            FaultKind.Throttle => (
                429,
                "temporarily_unavailable",
                "AADSTS90055",
                "There are too many incoming requests. Please try again later."
            ),
            FaultKind.Refused => (
                401,
                "invalid_client",
                "AADSTS7000222",
                "The provided client secret keys for app are expired. Visit the Azure portal to create new keys for your app."
            ),
            FaultKind.Unavailable => (503, "temporarily_unavailable", "AADSTS90033", "A transient error has occurred. Please try again."),
            _ => (500, "server_error", "AADSTS90033", "A transient error has occurred. Please try again."),
        };
        http.Response.StatusCode = status;
        if (rule.RetryAfter is { } seconds)
        {
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        http.Response.ContentType = "application/json; charset=utf-8";
        var body = new JsonObject { ["error"] = error, ["error_description"] = $"{rule.Code ?? code}: {rule.Message ?? message}" };
        await http.Response.WriteAsync(body.ToJsonString(), http.RequestAborted);
    }
}
