using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.Functions.Tests.Plans;

/// <summary>A plan in the format of its case files: all fields that decide requests, results and history.</summary>
internal static class PlanText
{
    public static JsonObject Of(StepPlan<ArmChange> plan) =>
        new()
        {
            ["changes"] = new JsonArray([.. plan.Changes.Select(Of)]),
            ["result"] = Of(plan.Result),
            ["dryRun"] = new JsonArray([
                .. plan.DryRun.Select(told =>
                    Without(
                        new JsonObject
                        {
                            ["says"] = $"{told.Action.ToString().ToLowerInvariant()} {told.Target}",
                            ["why"] = told.Why,
                            ["diff"] =
                                told.Action == PlannedAction.Update
                                    ? new JsonArray([.. told.Diff.Select(one => JsonSerializer.SerializeToNode(one, MeshPortJson.Options))])
                                    : null,
                        }
                    )
                ),
            ]),
        };

    private static JsonObject Of(ArmChange change) =>
        Without(
            new JsonObject
            {
                ["sends"] = $"{change.Verb} {change.Target}",
                ["apiVersion"] = change.ApiVersion,
                ["mustBeNew"] = change.MustBeNew ? true : null,
                ["ifMatch"] = change.IfMatch,
                ["isMarked"] = change.IsMarked ? true : null,
                ["repairs"] = change.Repair is { } repair ? $"{repair.Condition}: {repair.Target}: {repair.Why}" : null,
                ["tolerates"] =
                    change.Tolerates.Count > 0
                        ? new JsonArray([
                            .. change.Tolerates.Select(one => JsonValue.Create($"{one.Refusal}: {one.Note}".TrimEnd(' ', ':'))),
                        ])
                        : null,
                ["body"] = change.Body?.DeepClone(),
                ["then"] = change.Then is { } then ? Of(then) : null,
            }
        );

    private static JsonObject Of(StepResult result) =>
        Without(
            new JsonObject
            {
                ["says"] = $"{(result.Wait ? "wait" : result.Observation.Status)} {result.Observation.Reason}",
                ["message"] = result.Observation.Message,
                ["memo"] = result.Memo is { } memo ? Memo(memo) : null,
            }
        );

    private static JsonNode? Memo(string memo) => memo.StartsWith('{') ? JsonNode.Parse(memo) : JsonValue.Create(memo);

    private static JsonObject Without(JsonObject document)
    {
        foreach (var name in document.Where(field => field.Value is null).Select(field => field.Key).ToList())
        {
            document.Remove(name);
        }

        return document;
    }
}
