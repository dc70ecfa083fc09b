using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>A person's commands to Event Grid over HTTP, to be mapped beside the sandbox's other commands.</summary>
internal sealed class EventCommands(SandboxEvents events)
{
    private const string Path = "/sandbox/events";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, State);
        endpoints.MapGet(Path + "/dead-letters", () => Results.Json(events.DeadLetters, JsonSerializerOptions.Web));
        endpoints.MapPost(Path, Publish);
        endpoints.MapMethods(Path, [HttpMethods.Patch], Switch);
    }

    private IResult State() => Results.Json(new JsonObject
    {
        ["waiting"] = events.Waiting,
        ["deadLetters"] = events.DeadLetters.Count,
        ["duplicate"] = events.Duplicate,
        ["reorder"] = events.Reorder,
        ["hold"] = events.IsHeld,
    });

    private IResult Publish(Command command)
    {
        try
        {
            var id = events.Publish(command.Cluster, ContainerServiceEvent.Create(command.Type, command.Data));
            return Results.Json(new JsonObject { ["id"] = id }, statusCode: StatusCodes.Status202Accepted);
        }
        catch (ArgumentException refusal)
        {
            return Results.Json(new JsonObject { ["error"] = refusal.Message }, statusCode: StatusCodes.Status400BadRequest);
        }
    }

    private IResult Switch(Switches asked)
    {
        events.Duplicate = asked.Duplicate ?? events.Duplicate;
        events.Reorder = asked.Reorder ?? events.Reorder;
        events.DuplicateNext(asked.DuplicateNext ?? 0);
        if (asked.Hold is { } hold)
        {
            (hold ? (Action)events.Hold : events.Release)();
        }

        return State();
    }

    /// <param name="Cluster">The cluster's ARM id.</param>
    /// <param name="Type">For example <c>NodePoolRollingStarted</c>.</param>
    internal sealed record Command(string Cluster, string Type, Dictionary<string, string> Data);

    internal sealed record Switches(bool? Duplicate, bool? Reorder, int? DuplicateNext, bool? Hold);
}
