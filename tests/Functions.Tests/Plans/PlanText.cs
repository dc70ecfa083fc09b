using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;
using DryRunText = MeshPort.Convergence.PlanText;

namespace MeshPort.Functions.Tests.Plans;

/// <summary>The parts of plans in the format of their case files: all fields that decide requests, results and history.</summary>
internal static class PlanText
{
    public static JsonObject Of(StepPlan<ArmChange> plan) =>
        new()
        {
            ["changes"] = new JsonArray([.. plan.Changes.Select(Of)]),
            ["result"] = Of(plan.Result),
            ["dryRun"] = new JsonArray([.. plan.DryRun.Select(Of)]),
        };

    /// <summary>A line of a dry run.</summary>
    public static JsonObject Of(PlannedChange told) =>
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
        );

    /// <summary>A write to an object that MeshPort owns as a whole.</summary>
    public static JsonObject Of(Change change) =>
        Without(
            new JsonObject
            {
                ["does"] = $"{change.Action} {change.Target}",
                ["why"] = change.Why,
                ["exposure"] = change.Exposure,
                ["uid"] = change.Uid,
                ["patch"] = Patch(change.UnmanagedFields),
                ["body"] = change.Body?.DeepClone(),
            }
        );

    /// <summary>An object that holds ports, with its line of a dry run.</summary>
    public static JsonObject Of(PortObject one) =>
        Without(
            new JsonObject
            {
                ["does"] = $"{one.Action?.ToString() ?? "Leave"} {one.Target}",
                ["isForced"] = one.Action == ChangeAction.Update ? one.IsForced : null,
                ["patch"] = Patch(one.UnmanagedFields),
                ["remains"] = one.Remaining,
                ["body"] = one.Body?.DeepClone(),
                ["dryRun"] = Of(DryRunText.Of(one)),
            }
        );

    /// <summary>By exposure, the result.</summary>
    public static JsonObject Of(IReadOnlyDictionary<string, StepResult> results) => ByName(results, Text);

    public static string Text(StepResult result) =>
        $"{(result.Wait ? "wait" : result.Observation.Status)}{(result.Serves ? ", serves" : "")}, "
        + $"{result.Observation.Reason}: {result.Observation.Message}";

    /// <summary>By exposure, in the order of the names; those without a text are left out.</summary>
    public static JsonObject ByName<T>(IReadOnlyDictionary<string, T> results, Func<T, string?> text) =>
        Without(
            new JsonObject(
                results
                    .OrderBy(result => result.Key, StringComparer.Ordinal)
                    .Select(result => KeyValuePair.Create(result.Key, (JsonNode?)text(result.Value)))
            )
        );

    /// <summary>Leaves out the objects without fields.</summary>
    public static JsonObject WithoutEmpty(JsonObject document) => Without(document, value => value is JsonObject { Count: 0 });

    /// <summary>Leaves out the fields without a value.</summary>
    public static JsonObject Without(JsonObject document) => Without(document, value => value is null);

    private static JsonObject Without(JsonObject document, Func<JsonNode?, bool> isLeftOut)
    {
        foreach (var name in document.Where(field => isLeftOut(field.Value)).Select(field => field.Key).ToList())
        {
            document.Remove(name);
        }

        return document;
    }

    private static JsonNode? Patch(FieldRemoval? removal) => removal is null ? null : JsonNode.Parse(removal.ToJsonPatch());

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
                ["serves"] = result.Serves ? true : null,
            }
        );

    private static JsonNode? Memo(string memo) => memo.StartsWith('{') ? JsonNode.Parse(memo) : JsonValue.Create(memo);
}
