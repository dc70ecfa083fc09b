using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>A plan as an HTTP answer.</summary>
internal static class PlanAnswer
{
    /// <param name="own">Of the resource itself, which is there before and after all that is made for it.</param>
    public static IResult Of(StepResult observation, PlannedChange own, IReadOnlyList<PlannedChange> others) =>
        observation.Observation.Status == ConditionStatus.True
            ? Results.Json(new Plan(own.Action == PlannedAction.Delete ? [.. others, own] : [own, .. others]), MeshPortJson.Options)
            : Problem.NotObservable(observation.Observation.Message);

    /// <summary>The change of the resource itself.</summary>
    public static PlannedChange Resource<TSpec>(string target, PutResult<TSpec> result, TSpec? before) =>
        result.Outcome switch
        {
            PutOutcome.Created => PlannedChange.Create(target, "MeshPort does not know it yet.", Node(result.Resource)),
            PutOutcome.Updated => PlannedChange.Update(
                target,
                "Another spec is asked for.",
                JsonSerializer.SerializeToNode(before, MeshPortJson.Options),
                Node(result.Resource)
            ),
            PutOutcome.Deleting => PlannedChange.Delete(target, "Its removal is asked for; it is forgotten when nothing of it is left."),
            _ => PlannedChange.None(target, "It is as it is asked for."),
        };

    private static JsonNode? Node<TSpec>(Resource<TSpec>? resource) =>
        resource is null ? null : JsonSerializer.SerializeToNode(resource.Spec, MeshPortJson.Options);
}
