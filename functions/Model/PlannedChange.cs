using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MeshPort.Json;

namespace MeshPort.Model;

/// <summary>The changes of a dry run, in their order; the answer to <c>?dryRun=true</c>.</summary>
internal sealed record Plan(IReadOnlyList<PlannedChange> Changes);

/// <param name="Target">The path of a resource in MeshPort's API, an ARM id, or kind and name of a Kubernetes object.</param>
/// <param name="Why">The reason, for people.</param>
/// <param name="Diff">
/// The fields that change; empty for a deletion and without a change. Of an object of others that an exposure takes over: the fields that
/// MeshPort's object has differently.
/// </param>
internal sealed record PlannedChange(PlannedAction Action, string Target, string Why, IReadOnlyList<FieldDifference> Diff)
{
    public static PlannedChange Create(string target, string why, JsonNode? body) =>
        new(PlannedAction.Create, target, why, FieldDifference.Between(null, body));

    public static PlannedChange Delete(string target, string why) => new(PlannedAction.Delete, target, why, []);

    /// <summary>A target whose changes cannot be planned now.</summary>
    public static PlannedChange Unknown(string target, string why) => new(PlannedAction.Unknown, target, why, []);

    public static PlannedChange None(string target, string why) => new(PlannedAction.None, target, why, []);

    /// <summary>An update, or no change when nothing differs.</summary>
    public static PlannedChange Update(string target, string why, JsonNode? before, JsonNode? after) =>
        FieldDifference.Between(before, after) is { Count: > 0 } diff
            ? new(PlannedAction.Update, target, why, diff)
            : None(target, "Nothing differs.");
}

[JsonConverter(typeof(JsonStringEnumConverter<PlannedAction>))]
internal enum PlannedAction
{
    [JsonStringEnumMemberName("create")]
    Create,

    [JsonStringEnumMemberName("update")]
    Update,

    [JsonStringEnumMemberName("delete")]
    Delete,

    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>The target may change: what exists could not be observed.</summary>
    [JsonStringEnumMemberName("unknown")]
    Unknown,
}
