using Azure.Core;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Features;

/// <summary>
/// The plan for a resource provider after one of its features was registered, pure. Registering it again puts the feature into effect
/// (learn.microsoft.com: "recommended but not required").
/// <code>
/// asked before   state        change     reported
/// no             Registered   register   True  Registered
/// no             any other    register   wait  Registering
/// yes            Registered   -          True  Registered
/// yes            any other    -          wait  Registering
/// </code>
/// </summary>
internal static class ProviderPlan
{
    /// <summary>In the memo: this convergence has registered the provider again.</summary>
    private const string Asked = nameof(Asked);

    public static ResourceIdentifier IdOf(string subscriptionId, string @namespace) =>
        new($"/subscriptions/{subscriptionId}/providers/{@namespace}");

    /// <param name="memo">Of the report before.</param>
    public static StepPlan<ArmChange> Of(string subscriptionId, string @namespace, ProviderSnapshot snapshot, string? memo)
    {
        var isRegistered = snapshot.State == "Registered";
        var result = isRegistered
            ? StepResult.Done(Observation.True(Reasons.Registered, $"{@namespace} is registered."))
            : StepResult.AskAgain(Reasons.Registering, $"{@namespace} is {snapshot.State ?? "NotRegistered"}.", memo: Asked);
        if (memo == Asked)
        {
            return StepPlan<ArmChange>.Nothing(result);
        }

        var id = IdOf(subscriptionId, @namespace).ToString();
        var told = new PlannedChange(PlannedAction.Update, id, "The provider is registered again, for its new features.", []);
        var change = new ArmChange(ArmVerb.Register, id, ApiVersions.Resources, null, told) { Then = isRegistered ? null : result };
        return new([change], result, [told]);
    }
}
