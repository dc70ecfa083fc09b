using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Features;

/// <summary>Registers the resource providers that a new cluster needs, and waits for them.</summary>
internal sealed class EnsureRequiredProviders(ArmClient arm, ClusterStore clusters)
{
    /// <summary>In the memo: the providers could not be read.</summary>
    private const string Unread = nameof(Unread);

    [Function(nameof(EnsureRequiredProviders))]
    public async Task<StepResult> RunAsync([ActivityTrigger] StepInput input, CancellationToken cancellationToken)
    {
        if (await clusters.FindSpecAsync(input, cancellationToken) is null)
        {
            return StepResult.SpecChanged;
        }

        RequiredProvidersSnapshot? snapshot = null;
        var result = await ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                snapshot = await RequiredProvidersSnapshot.ObserveAsync(arm, input.Cluster, cancellationToken);
                var plan = RequiredProvidersPlan.Of(input.Cluster.SubscriptionId, snapshot);
                return RequiredProvidersPlan.Report(await ArmChanges.ApplyAsync(arm, plan, cancellationToken));
            },
            cancellationToken
        );
        return snapshot is not null ? result
            // Where Azure tells how long to wait, no other step may ask earlier.
            : result.Wait && !input.LastChance && (input.Memo is null || result.RetryAfter is not null) ? result with { Memo = Unread }
            // A fault that lasts is left to the steps of the features, the network and the cluster, which report it.
            : StepResult.Done(Observation.True(Reasons.NothingToDo, "The resource providers cannot be read; the next steps tell why."));
    }
}
