using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>Answers to dry runs.</summary>
internal static class PlanAnswer
{
    /// <param name="own">
    /// The changes of the resources themselves: first those that are created or updated, last those that are deleted.
    /// </param>
    public static IResult Of(StepResult observation, IReadOnlyList<PlannedChange> own, IReadOnlyList<PlannedChange> others) =>
        observation.Observation.Status == ConditionStatus.True
            ? Results.Json(
                new Plan([
                    .. own.Where(change => change.Action != PlannedAction.Delete),
                    .. others,
                    .. own.Where(change => change.Action == PlannedAction.Delete),
                ]),
                MeshPortJson.Options
            )
            : Problem.NotObservable(observation.Observation.Message);

    /// <summary>The changes of the exposures themselves.</summary>
    public static IReadOnlyList<PlannedChange> Exposures(ClusterId cluster, ExposuresResult result) =>
        [.. result.Items.Concat(result.Displaced).Select(item => Resource($"{cluster.Path}/exposures/{item.Name}", item.Result))];

    /// <summary>The change of the resource itself.</summary>
    public static PlannedChange Resource<TSpec>(string target, PutResult<TSpec> result) =>
        result.Outcome switch
        {
            PutOutcome.Created => PlannedChange.Create(target, "MeshPort does not have this resource yet.", Spec(result)),
            PutOutcome.Updated => PlannedChange.Update(target, "The request changes the spec.", Node(result.Before), Spec(result)),
            PutOutcome.Deleting => PlannedChange.Delete(
                target,
                "The request deletes the resource, after everything that MeshPort created for it."
            ),
            _ when result.Resource is null => PlannedChange.None(target, "It does not exist."),
            _ => PlannedChange.None(target, "The spec is unchanged."),
        };

    private static JsonNode? Spec<TSpec>(PutResult<TSpec> result) => result.Resource is { } resource ? Node(resource.Spec) : null;

    private static JsonNode? Node<T>(T value) => JsonSerializer.SerializeToNode(value, MeshPortJson.Options);
}
