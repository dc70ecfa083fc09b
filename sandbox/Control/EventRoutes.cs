using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.EventGrid;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.Control;

/// <summary><c>/sandbox/events</c>: sends AKS events, disturbs their delivery and lists dead letters.</summary>
internal sealed class EventRoutes(SandboxEvents events)
{
    private const string Path = "/sandbox/events";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, AnswerAsync);
        endpoints.MapGet(
            Path + "/dead-letters",
            http =>
                ControlAnswers.WriteAsync(
                    http,
                    200,
                    new JsonObject { ["deadLetters"] = JsonSerializer.SerializeToNode(events.DeadLetters, JsonSerializerOptions.Web) }
                )
        );
        endpoints.MapPost(Path, PublishAsync);
        endpoints.MapMethods(Path, [HttpMethods.Patch], SwitchAsync);
    }

    private async Task PublishAsync(HttpContext http)
    {
        var (cluster, raised) = EventReader.Event(await ControlAnswers.ReadAsync(http), events);
        await ControlAnswers.WriteAsync(http, 202, new JsonObject { ["id"] = events.Publish(cluster, raised) });
    }

    private async Task SwitchAsync(HttpContext http)
    {
        var asked = EventReader.Switches(await ControlAnswers.ReadAsync(http));
        if (asked.Duplicate is { } duplicate)
        {
            events.Duplicate = duplicate;
        }

        events.Reorder = asked.Reorder ?? events.Reorder;
        events.DuplicateNext(asked.DuplicateNext);
        if (asked.Hold is { } hold)
        {
            (hold ? (Action)events.Hold : events.Release)();
        }

        await AnswerAsync(http);
    }

    private Task AnswerAsync(HttpContext http) =>
        ControlAnswers.WriteAsync(
            http,
            200,
            new JsonObject
            {
                ["waiting"] = events.Waiting,
                ["nextDue"] = events.NextDue,
                ["deadLetters"] = events.DeadLetters.Count,
                ["duplicate"] = events.Duplicate,
                ["duplicateNext"] = events.Duplicates,
                ["reorder"] = events.Reorder,
                ["hold"] = events.IsHeld,
            }
        );
}
