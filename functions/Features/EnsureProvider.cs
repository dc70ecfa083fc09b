using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Features;

/// <summary>Registers a resource provider again after its features, and waits for it.</summary>
internal sealed class EnsureProvider(ArmClient arm, ClusterStore clusters)
{
    [Function(nameof(EnsureProvider))]
    public Task<StepResult> RunAsync([ActivityTrigger] ProviderInput input, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                if (await clusters.FindSpecAsync(input.Cluster, input.Generation, cancellationToken) is null)
                {
                    return StepResult.SpecChanged;
                }

                var subscription = input.Cluster.SubscriptionId;
                var id = ProviderPlan.IdOf(subscription, input.Namespace);
                var snapshot = await ProviderSnapshot.ObserveAsync(arm, id, cancellationToken);
                var plan = ProviderPlan.Of(subscription, input.Namespace, snapshot, input.Memo);
                return (await ArmChanges.ApplyAsync(arm, plan, cancellationToken)).Result;
            },
            cancellationToken
        );
}

/// <param name="Generation">The generation of the cluster's spec that the convergence works from.</param>
/// <param name="Memo">From the report before.</param>
public sealed record ProviderInput(ClusterId Cluster, long Generation, string Namespace, string? Memo = null);
