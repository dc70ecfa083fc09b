using System.Text.Json.Nodes;
using Azure.Core;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Features;

/// <summary>
/// The plan for a preview feature, pure. States: learn.microsoft.com, "Set up preview features"; Pending means that a person must approve.
/// <code>
/// state                       change     reported
/// none, onNotFound: skip      -          True   FeatureNotFound
/// none, onNotFound: fail      -          False  FeatureNotFound
/// Registered                  -          True   Registered
/// Registering, Unregistering  -          wait   Registering
/// Pending                     -          False  FeaturePendingApproval
/// any other                   register   wait   Registering
/// </code>
/// </summary>
internal static class FeaturePlan
{
    /// <summary>In the memo: this convergence has registered the feature.</summary>
    public const string RegisteredByUs = nameof(RegisteredByUs);

    public static ResourceIdentifier IdOf(string subscriptionId, FeatureSpec feature) =>
        new($"/subscriptions/{subscriptionId}/providers/Microsoft.Features/providers/{feature.Namespace}/features/{feature.Name}");

    /// <param name="memo">Of the report before.</param>
    public static StepPlan<ArmChange> Of(string subscriptionId, FeatureSpec feature, FeatureSnapshot snapshot, string? memo)
    {
        var id = IdOf(subscriptionId, feature).ToString();
        return snapshot.State switch
        {
            null when feature.OnNotFound == OnNotFound.Skip => Nothing(
                Observation.True(
                    Reasons.FeatureNotFound,
                    $"{feature.Name} does not exist. MeshPort takes it as generally available and skips it."
                )
            ),
            null => Nothing(
                Observation.False(
                    Reasons.FeatureNotFound,
                    $"{feature.Name} does not exist in this cloud; take it out of the spec, or set onNotFound to skip."
                )
            ),
            "Registered" => Nothing(Observation.True(Reasons.Registered, $"{feature.Name} is registered.")),
            "Registering" or "Unregistering" => StepPlan<ArmChange>.Nothing(
                StepResult.AskAgain(Reasons.Registering, $"{feature.Name} is {snapshot.State}.", memo: memo),
                AsItIs()
            ),
            "Pending" => Nothing(
                Observation.False(
                    Reasons.FeaturePendingApproval,
                    $"{feature.Name} waits for Microsoft's approval; open a support request, or take it out of the spec."
                )
            ),
            _ => Register(id, feature, snapshot.State),
        };

        StepPlan<ArmChange> Nothing(Observation observation) =>
            StepPlan<ArmChange>.Nothing(
                StepResult.Done(observation, memo),
                snapshot.State is null ? PlannedChange.None(id, observation.Message) : AsItIs()
            );

        PlannedChange AsItIs() => PlannedChange.None(id, $"The feature is {snapshot.State}.");
    }

    private static StepPlan<ArmChange> Register(string id, FeatureSpec feature, string? state)
    {
        var told = PlannedChange.Update(id, "The feature is not registered.", State(state), State("Registered"));
        var registering = StepResult.AskAgain(Reasons.Registering, $"{feature.Name} is Registering.", memo: RegisteredByUs);
        return new([new ArmChange(ArmVerb.Register, id, ApiVersions.Features, null, told) { Then = registering }], registering, [told]);
    }

    private static JsonObject State(string? state) => new() { ["properties"] = new JsonObject { ["state"] = state } };

    /// <summary>One observation for all features of a cluster: the first that is not True, or else what is said of each.</summary>
    /// <param name="providers">Told only while one is not registered, so that the next convergence makes the same message.</param>
    public static Observation Summary(IReadOnlyList<Observation> features, params IReadOnlyList<Observation> providers) =>
        features.Concat(providers).FirstOrDefault(observation => observation.Status != ConditionStatus.True)
        ?? (
            features.Count == 0
                ? Observation.True(Reasons.NothingToDo, "The spec names no features.")
                : Observation.True(Reasons.Registered, string.Join(" ", features.Select(observation => observation.Message)))
        );
}
