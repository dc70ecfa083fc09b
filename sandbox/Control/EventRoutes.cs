using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.EventGrid;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.Control;

/// <summary><c>/sandbox/events</c>: events of AKS on command, delivery out of the ordinary, and what was given up.</summary>
internal sealed class EventRoutes(SandboxEvents events)
{
    private const string Path = "/sandbox/events";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, TellAsync);
        endpoints.MapGet(Path + "/dead-letters", http => ControlAnswers.WriteAsync(http, 200, new JsonObject { ["deadLetters"] = JsonSerializer.SerializeToNode(events.DeadLetters, JsonSerializerOptions.Web) }));
        endpoints.MapPost(Path, PublishAsync);
        endpoints.MapMethods(Path, [HttpMethods.Patch], SwitchAsync);
    }

    /// <summary><c>{"cluster": ARM id, "type": "NodePoolRollingStarted", "data": {"nodePoolName": "..."}}</c></summary>
    private async Task PublishAsync(HttpContext http)
    {
        var body = await ControlAnswers.ReadAsync(http);
        try
        {
            var data = (body["data"] as JsonObject ?? []).ToDictionary(field => field.Key, field => $"{field.Value}");
            var id = events.Publish($"{body["cluster"]}", ContainerServiceEvent.Create($"{body["type"]}", data));
            await ControlAnswers.WriteAsync(http, 202, new JsonObject { ["id"] = id });
        }
        catch (ArgumentException refusal)
        {
            throw new InvalidControlException([new(refusal.ParamName ?? "type", refusal.Message)]);
        }
    }

    /// <summary><c>{"hold": true, "duplicate": true, "duplicateNext": 2, "reorder": true}</c>, each if it is to change.</summary>
    private async Task SwitchAsync(HttpContext http)
    {
        var body = await ControlAnswers.ReadAsync(http);
        var problems = new List<FieldProblem>();
        var (hold, duplicate, reorder) = (Flag("hold"), Flag("duplicate"), Flag("reorder"));
        var next = body["duplicateNext"] is not { } number ? 0 : number is JsonValue value && value.TryGetValue<int>(out var count) && count >= 0 ? count : -1;
        if (next < 0)
        {
            problems.Add(new("duplicateNext", "Write a number of deliveries."));
        }

        if (problems.Count > 0)
        {
            throw new InvalidControlException(problems);
        }

        events.Duplicate = duplicate ?? events.Duplicate;
        events.Reorder = reorder ?? events.Reorder;
        events.DuplicateNext(next);
        if (hold is { } held)
        {
            (held ? (Action)events.Hold : events.Release)();
        }

        await TellAsync(http);

        bool? Flag(string name)
        {
            if (body[name] is not { } node)
            {
                return null;
            }

            if (node is JsonValue value && value.TryGetValue<bool>(out var flag))
            {
                return flag;
            }

            problems.Add(new(name, "Write true or false."));
            return null;
        }
    }

    private Task TellAsync(HttpContext http) => ControlAnswers.WriteAsync(http, 200, new JsonObject
    {
        ["waiting"] = events.Waiting,
        ["deadLetters"] = events.DeadLetters.Count,
        ["duplicate"] = events.Duplicate,
        ["reorder"] = events.Reorder,
        ["hold"] = events.IsHeld,
    });
}
