using System.Text.Json.Nodes;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Clusters;
using MeshPort.Network;
using MeshPort.State;

namespace MeshPort.ManagedClusters;

/// <summary>Deletes the cluster if MeshPort has made it, and waits until it is gone. A half-made one is deleted too; one that was there before stays.</summary>
internal sealed class RemoveManagedCluster(ArmClient arm, DesiredClusters clusters)
{
    private const int MaxDeletes = 3;

    /// <summary>Whether there is a cluster that stays: then what MeshPort has put into it must be taken out.</summary>
    [Function(nameof(FindClusterThatStays))]
    public async Task<StationReport> FindClusterThatStays(
        [ActivityTrigger] StationQuestion question,
        CancellationToken cancellationToken
    ) =>
        await ArmFaults.GuardAsync(
            async () =>
                !await IsAksAsync(question.Cluster, cancellationToken)
                || (
                    await ManagedClusterResource.Of(arm, question.Cluster).GetIfExistsAsync(cancellationToken) is { } observed
                    && !Ownership.IsOurs(observed)
                )
                    ? StationReport.Done(
                        Verdict.False(
                            Reasons.NotMadeHere,
                            "The cluster was not made by MeshPort, so it stays; what MeshPort has put into it is taken out."
                        )
                    )
                    : StationReport.Done(Verdict.True(Reasons.NothingToDo, "No cluster stays.")),
            cancellationToken
        );

    [Function(nameof(RemoveManagedCluster))]
    public Task<StationReport> RunAsync([ActivityTrigger] StationQuestion question, CancellationToken cancellationToken) =>
        ArmFaults.GuardAsync(
            async () =>
            {
                if (!await IsAksAsync(question.Cluster, cancellationToken))
                {
                    return StationReport.Done(Verdict.True(Reasons.NotMadeHere, "The cluster was not made by MeshPort, so it stays."));
                }

                var resource = ManagedClusterResource.Of(arm, question.Cluster);
                if (await resource.GetIfExistsAsync(cancellationToken) is not { } observed)
                {
                    return StationReport.Done(Verdict.True(Reasons.AsDesired, "The cluster is gone."));
                }

                if (!Ownership.IsOurs(observed))
                {
                    return StationReport.Done(Verdict.True(Reasons.NotMadeHere, "The cluster was not made by MeshPort, so it stays."));
                }

                var deletes = int.TryParse(question.Memo, out var count) ? count : 0;
                if (State(observed) == "Deleting")
                {
                    return StationReport.AskAgain(Reasons.ClusterDeleting, "The cluster is being deleted.", memo: $"{deletes}");
                }

                if (deletes >= MaxDeletes)
                {
                    return StationReport.Done(
                        Verdict.False(
                            Reasons.ClusterFailed,
                            $"Azure accepted the deletion {deletes} times and the cluster is still there ({State(observed)}); look at its activity log, remove what is in the way (a lock, a resource in its node resource group), and ask again."
                        )
                    );
                }

                var retryAfter = await resource.DeleteAsync(cancellationToken);
                return StationReport.AskAgain(Reasons.ClusterDeleting, "The cluster is being deleted.", retryAfter, $"{deletes + 1}");
            },
            cancellationToken
        );

    private async Task<bool> IsAksAsync(ClusterId cluster, CancellationToken cancellationToken) =>
        (await clusters.GetAsync(cluster, cancellationToken))?.Spec.Connection.IsAks != false;

    private static string? State(JsonObject observed) => observed["properties"]?["provisioningState"]?.GetValue<string>();
}
