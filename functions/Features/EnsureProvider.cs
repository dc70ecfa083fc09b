using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Features;

/// <summary>Registers a resource provider again after its features, and waits for it.</summary>
internal sealed class EnsureProvider(ArmClient arm)
{
    [Function(nameof(EnsureProvider))]
    public Task<StepResult> RunAsync([ActivityTrigger] ProviderInput input, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                var id = ProviderPlan.IdOf(input.SubscriptionId, input.Namespace);
                var snapshot = await ProviderSnapshot.ObserveAsync(arm, id, cancellationToken);
                var plan = ProviderPlan.Of(input.SubscriptionId, input.Namespace, snapshot, input.Memo);
                return (await ArmChanges.ApplyAsync(arm, plan, cancellationToken)).Result;
            },
            cancellationToken
        );
}

/// <param name="Memo">From the report before.</param>
public sealed record ProviderInput(string SubscriptionId, string Namespace, string? Memo = null);
