using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Features;

/// <summary>Registers one preview feature where it is not registered.</summary>
internal sealed class EnsureFeature(ArmClient arm, ClusterStore clusters)
{
    [Function(nameof(EnsureFeature))]
    public Task<StepResult> RunAsync([ActivityTrigger] FeatureInput input, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                if (await clusters.FindSpecAsync(input.Cluster, input.Generation, cancellationToken) is null)
                {
                    return StepResult.SpecChanged;
                }

                var subscription = input.Cluster.SubscriptionId;
                var snapshot = await FeatureSnapshot.ObserveAsync(arm, subscription, input.Feature, cancellationToken);
                var plan = FeaturePlan.Of(subscription, input.Feature, snapshot, input.Memo);
                return (await ArmChanges.ApplyAsync(arm, plan, cancellationToken)).Result;
            },
            cancellationToken
        );
}

/// <param name="Generation">The generation of the cluster's spec that the convergence works from.</param>
/// <param name="Memo">From the report before.</param>
public sealed record FeatureInput(ClusterId Cluster, long Generation, FeatureSpec Feature, string? Memo = null);
