using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MeshPort.Model;

namespace MeshPort.Arm;

/// <summary>One write to Azure Resource Manager that a plan asks for. <see cref="ArmChanges"/> carries it out.</summary>
/// <param name="Target">The ARM id.</param>
/// <param name="Body">Of a PUT.</param>
/// <param name="DryRun">Its line in a dry run.</param>
internal sealed record ArmChange(ArmVerb Verb, string Target, string ApiVersion, JsonObject? Body, PlannedChange DryRun)
{
    /// <summary>The PUT succeeds only if nothing exists under this id (<c>If-None-Match: *</c>).</summary>
    public bool MustBeNew { get; init; }

    /// <summary>The PUT succeeds only while the resource has this entity tag (<c>If-Match</c>).</summary>
    public string? IfMatch { get; init; }

    /// <summary>
    /// The resource cannot carry the ownership tag, so the cluster's status has its id. MeshPort adds the id before it makes the resource.
    /// It takes the id out when Azure refuses to make the resource and the plan tolerates that, and after it has deleted the resource.
    /// </summary>
    public bool IsMarked { get; init; }

    /// <summary>Told in the cluster's history when the change repairs drift.</summary>
    public ArmRepair? Repair { get; init; }

    /// <summary>Refusals that do not stop the step.</summary>
    public IReadOnlyList<ArmTolerance> Tolerates { get; init; } = [];

    /// <summary>
    /// The report of the step once ARM accepts this, when later changes need it finished. Null: the next change follows at once.
    /// </summary>
    public StepResult? Then { get; init; }

    public static ArmChange Create(string target, string apiVersion, string why, JsonObject body) =>
        new(ArmVerb.Put, target, apiVersion, body, PlannedChange.Create(target, why, body));

    public static ArmChange Delete(string target, string apiVersion, string why) =>
        new(ArmVerb.Delete, target, apiVersion, null, PlannedChange.Delete(target, why));
}

[JsonConverter(typeof(JsonStringEnumConverter<ArmVerb>))]
internal enum ArmVerb
{
    Put,
    Delete,

    /// <summary>POST of the action <c>register</c>, which preview features and resource providers have.</summary>
    Register,
}

/// <param name="Condition">The condition that was True before for the same spec, if this is drift.</param>
internal sealed record ArmRepair(string Condition, string Target, string Why);

/// <param name="Refusal">ARM's error code, or the HTTP status.</param>
/// <param name="Note">Added to what the step reports; null when the refusal means that nothing is left to do.</param>
internal sealed record ArmTolerance(string Refusal, string? Note);
