using System.Text.Json.Nodes;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.ManagedClusters;

/// <summary>Deletes the cluster if MeshPort has made it, and waits until it is gone. A half-made one is deleted too; one that was there before stays.</summary>
internal sealed class RemoveManagedCluster(ArmClient arm, ClusterStore clusters)
{
    private const int MaxDeletes = 3;

    /// <summary>Whether there is a cluster that stays: then what MeshPort has put into it must be taken out.</summary>
    [Function(nameof(FindClusterThatStays))]
    public async Task<StepResult> FindClusterThatStays([ActivityTrigger] StepInput question, CancellationToken cancellationToken) =>
        await ArmErrors.ClassifyErrorsAsync(
            async () =>
                !await IsAksAsync(question.Cluster, cancellationToken)
                || (
                    await ManagedClusterResource.Of(arm, question.Cluster).GetIfExistsAsync(cancellationToken) is { } observed
                    && !Ownership.IsOurs(observed)
                )
                    ? StepResult.Done(
                        Observation.False(
                            Reasons.NotMadeHere,
                            "The cluster was not made by MeshPort, so it stays; what MeshPort has put into it is taken out."
                        )
                    )
                    : StepResult.Done(Observation.True(Reasons.NothingToDo, "No cluster stays.")),
            cancellationToken
        );

    [Function(nameof(RemoveManagedCluster))]
    public Task<StepResult> RunAsync([ActivityTrigger] StepInput question, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                if (!await IsAksAsync(question.Cluster, cancellationToken))
                {
                    return StepResult.Done(Observation.True(Reasons.NotMadeHere, "The cluster was not made by MeshPort, so it stays."));
                }

                var resource = ManagedClusterResource.Of(arm, question.Cluster);
                if (await resource.GetIfExistsAsync(cancellationToken) is not { } observed)
                {
                    return StepResult.Done(Observation.True(Reasons.AsDesired, "The cluster is gone."));
                }

                if (!Ownership.IsOurs(observed))
                {
                    return StepResult.Done(Observation.True(Reasons.NotMadeHere, "The cluster was not made by MeshPort, so it stays."));
                }

                var deletes = int.TryParse(question.Memo, out var count) ? count : 0;
                if (State(observed) == "Deleting")
                {
                    return StepResult.AskAgain(Reasons.ClusterDeleting, "The cluster is being deleted.", memo: $"{deletes}");
                }

                if (deletes >= MaxDeletes)
                {
                    return StepResult.Done(
                        Observation.False(
                            Reasons.ClusterFailed,
                            $"Azure accepted the deletion {deletes} times and the cluster is still there ({State(observed)}); look at its activity log, remove what is in the way (a lock, a resource in its node resource group), and ask again."
                        )
                    );
                }

                var retryAfter = await resource.DeleteAsync(cancellationToken);
                return StepResult.AskAgain(Reasons.ClusterDeleting, "The cluster is being deleted.", retryAfter, $"{deletes + 1}");
            },
            cancellationToken
        );

    private async Task<bool> IsAksAsync(ClusterId cluster, CancellationToken cancellationToken) =>
        (await clusters.GetAsync(cluster, cancellationToken))?.Spec.Connection.IsAks != false;

    private static string? State(JsonObject observed) => observed["properties"]?["provisioningState"]?.GetValue<string>();
}
