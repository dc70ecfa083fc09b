using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Network;

/// <summary>Deletes what MeshPort made of the network, and the resource group if MeshPort made it and nothing else is in it.</summary>
internal sealed class RemoveNetwork(ArmClient arm, ClusterStore clusters, StatusStore log)
{
    [Function(nameof(RemoveNetwork))]
    public Task<StepResult> RunAsync([ActivityTrigger] StepInput input, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                if (await clusters.GetAsync(input.Cluster, cancellationToken) is not { } known)
                {
                    return StepResult.Done(Observation.True(Reasons.NothingToDo, "MeshPort no longer has this cluster."));
                }

                if (known.Metadata.Generation != input.Generation)
                {
                    return StepResult.SpecChanged;
                }

                var plan = await PlanAsync(arm, clusters, input.Cluster, known, cancellationToken);
                var outcome = await ArmChanges.ApplyAsync(
                    arm,
                    plan.Steps,
                    input.Generation,
                    change => log.RecordClusterAsync(input.Cluster, change, cancellationToken),
                    cancellationToken
                );
                return outcome.Result.Wait || outcome.Notes.Count == 0
                    ? outcome.Result
                    : NetworkRemovalPlan.Left([.. outcome.Notes, .. plan.Stays]);
            },
            cancellationToken
        );

    /// <summary>Observes and plans; changes nothing.</summary>
    /// <exception cref="Azure.RequestFailedException">ARM refused or could not be reached.</exception>
    internal static async Task<NetworkRemovalPlan> PlanAsync(
        ArmClient arm,
        ClusterStore clusters,
        ClusterId cluster,
        Resource<ClusterSpec> known,
        CancellationToken cancellationToken
    ) =>
        NetworkRemovalPlan.Of(
            cluster,
            known.Spec,
            known.Status.Made,
            known.Spec.Connection.IsAks
                ? await NetworkRemovalSnapshot.ObserveAsync(arm, clusters, cluster, known, cancellationToken)
                : NetworkRemovalSnapshot.Empty
        );
}
