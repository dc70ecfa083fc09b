using System.Text.Json.Nodes;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.ManagedClusters;

/// <summary>
/// Deletes the cluster if MeshPort made it, and waits until it is gone. A later request to keep Azure's resources ends the wait.
/// </summary>
internal sealed class RemoveManagedCluster(ArmClient arm, ClusterStore clusters, StatusStore log)
{
    /// <summary>Whether a cluster stays: then MeshPort's objects are taken out of it.</summary>
    [Function(nameof(FindClusterThatStays))]
    public Task<StepResult> FindClusterThatStays([ActivityTrigger] StepInput input, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                if (await clusters.FindSpecAsync(input, cancellationToken) is not { } spec)
                {
                    return StepResult.SpecChanged;
                }

                var (isAks, observed) = await ObserveAsync(input.Cluster, spec, cancellationToken);
                return StepResult.Done(
                    ManagedClusterRemovalPlan.Stays(isAks, observed)
                        ? Observation.False(
                            Reasons.NotMadeHere,
                            "MeshPort did not create the cluster, so it stays; MeshPort removes what it added."
                        )
                        : Observation.True(Reasons.NothingToDo, "The exposures go together with the cluster.")
                );
            },
            cancellationToken
        );

    [Function(nameof(RemoveManagedCluster))]
    public Task<StepResult> RunAsync([ActivityTrigger] StepInput input, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                if (
                    await clusters.GetAsync(input.Cluster, cancellationToken) is not { } known
                    || known.Metadata.Generation != input.Generation
                )
                {
                    return StepResult.SpecChanged;
                }

                var (isAks, observed) = await ObserveAsync(input.Cluster, known.Spec, cancellationToken);
                var plan = ManagedClusterRemovalPlan.Of(input.Cluster, isAks, observed, known.Status.Made, input.Memo);
                var outcome = await ArmChanges.ApplyAsync(
                    arm,
                    plan,
                    input.Generation,
                    change => log.RecordClusterAsync(input.Cluster, change, cancellationToken),
                    cancellationToken
                );
                return outcome.Result;
            },
            cancellationToken
        );

    private async Task<(bool IsAks, JsonObject? Observed)> ObserveAsync(
        ClusterId cluster,
        ClusterSpec spec,
        CancellationToken cancellationToken
    )
    {
        var isAks = spec.Connection.IsAks;
        return (isAks, isAks ? await ManagedClusterResource.Of(arm, cluster).GetIfExistsAsync(cancellationToken) : null);
    }
}
