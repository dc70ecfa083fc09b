using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Features;

/// <summary>Registers one preview feature where it is not registered.</summary>
internal sealed class EnsureFeature(ArmClient arm)
{
    [Function(nameof(EnsureFeature))]
    public Task<StepResult> RunAsync([ActivityTrigger] FeatureInput input, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                var snapshot = await FeatureSnapshot.ObserveAsync(arm, input.SubscriptionId, input.Feature, cancellationToken);
                var plan = FeaturePlan.Of(input.SubscriptionId, input.Feature, snapshot, input.Memo);
                return (await ArmChanges.ApplyAsync(arm, plan, cancellationToken)).Result;
            },
            cancellationToken
        );
}

/// <param name="Memo">From the report before.</param>
public sealed record FeatureInput(string SubscriptionId, FeatureSpec Feature, string? Memo = null);
