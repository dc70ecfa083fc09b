using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.Control;

/// <summary><c>/sandbox/clock</c>: read, hold, resume and advance simulated time.</summary>
internal sealed class ClockRoutes(SandboxClock clock)
{
    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/sandbox/clock", AnswerAsync);
        endpoints.MapPost("/sandbox/clock/hold", http => ChangeAsync(http, clock.Hold));
        endpoints.MapPost("/sandbox/clock/resume", http => ChangeAsync(http, clock.Resume));
        endpoints.MapPost("/sandbox/clock/advance", AdvanceAsync);
    }

    private async Task AdvanceAsync(HttpContext http)
    {
        var body = await ControlAnswers.ReadAsync(http);
        if (
            body["seconds"] is not JsonValue value
            || !value.TryGetValue<double>(out var seconds)
            || seconds is not (>= 0 and <= 31_536_000)
        )
        {
            throw new InvalidControlException([new("seconds", "Write a number of simulated seconds from 0 to a year (31536000).")]);
        }

        await ChangeAsync(http, () => clock.Advance(TimeSpan.FromSeconds(seconds)));
    }

    private Task ChangeAsync(HttpContext http, Action change)
    {
        change();
        return AnswerAsync(http);
    }

    private Task AnswerAsync(HttpContext http) =>
        ControlAnswers.WriteAsync(
            http,
            200,
            new JsonObject
            {
                ["now"] = clock.GetUtcNow(),
                ["scale"] = clock.Scale,
                ["held"] = clock.IsHeld,
            }
        );
}
