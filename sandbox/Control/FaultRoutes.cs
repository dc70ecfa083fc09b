using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Faults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.Control;

/// <summary><c>/sandbox/faults</c>: add, list, clear.</summary>
internal sealed class FaultRoutes(FaultPlan faults)
{
    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(
            "/sandbox/faults",
            http => ControlAnswers.WriteAsync(http, 200, new JsonObject { ["value"] = new JsonArray([.. faults.All.Select(View)]) })
        );
        endpoints.MapPost("/sandbox/faults", AddAsync);
        endpoints.MapDelete(
            "/sandbox/faults",
            http => ControlAnswers.WriteAsync(http, 200, new JsonObject { ["removed"] = faults.Clear() })
        );
        endpoints.MapDelete("/sandbox/faults/{id}", RemoveAsync);
    }

    private async Task AddAsync(HttpContext http) =>
        await ControlAnswers.WriteAsync(http, 201, View(faults.Add(FaultReader.Read(await ControlAnswers.ReadAsync(http)))));

    private Task RemoveAsync(HttpContext http)
    {
        var id = http.GetRouteValue("id") as string ?? "";
        return faults.Remove(id)
            ? ControlAnswers.WriteAsync(http, 200, new JsonObject { ["removed"] = 1 })
            : ControlAnswers.RefuseAsync(http, 404, "NotFound", $"Fault {id} does not exist. GET /sandbox/faults lists all faults.");
    }

    private static JsonNode View(Fault fault)
    {
        var view = new JsonObject
        {
            ["id"] = fault.Id,
            ["added"] = fault.Added,
            ["matched"] = fault.Matched,
            ["struck"] = fault.Struck,
        };
        foreach (var (name, value) in (JsonObject)JsonSerializer.SerializeToNode(fault.Rule, ControlAnswers.Json)!) // a record is an object
        {
            view[name] = value?.DeepClone();
        }

        return view;
    }
}
