using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.ManagedClusters;

/// <summary>Makes the cluster with mesh and gateways, or changes it where it differs from the spec, and waits while Azure works.</summary>
internal sealed class EnsureManagedCluster(ArmClient arm, ClusterConnections connections, ClusterStore clusters, StatusStore log)
{
    [Function(nameof(EnsureManagedCluster))]
    public async Task<StepResult> RunAsync([ActivityTrigger] StepInput input, CancellationToken cancellationToken)
    {
        var serves = false;
        var result = await ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                if (
                    await clusters.GetAsync(input.Cluster, cancellationToken) is not { } known
                    || known.Metadata.Generation != input.Generation
                )
                {
                    return StepResult.SpecChanged;
                }

                var memo = input.Memo is null ? ManagedClusterMemo.None : MeshPortJson.Read<ManagedClusterMemo>(input.Memo);
                var spec = known.Spec;
                var snapshot = await ManagedClusterSnapshot.ObserveAsync(
                    arm,
                    connections,
                    input.Cluster,
                    spec,
                    known.Status,
                    memo,
                    cancellationToken
                );
                if (NodeSubnets.Note(known.Status, snapshot) != known.Status)
                {
                    await log.RecordClusterAsync(input.Cluster, (status, _) => NodeSubnets.Note(status, snapshot), cancellationToken);
                }

                serves = ManagedClusterPlan.Serves(snapshot);
                if (input.Blocked is { } blocked)
                {
                    return StepResult.Done(blocked) with { Serves = serves };
                }

                var plan = ManagedClusterPlan.Of(input.Cluster, spec, snapshot, memo);
                return Report(
                    await ArmChanges.ApplyAsync(
                        arm,
                        plan,
                        input.Generation,
                        change => log.RecordClusterAsync(input.Cluster, change, cancellationToken),
                        cancellationToken
                    )
                );
            },
            cancellationToken
        );

        // A write that Azure refused stops no port. While a fault lasts, the cluster is not observed.
        return result.Observation is { Status: ConditionStatus.False, IsUnobserved: false } ? result with { Serves = serves } : result;
    }

    /// <summary>Adds to the report what only Azure's answer tells: where the operation is, and that the role was refused.</summary>
    internal static StepResult Report(ArmOutcome outcome)
    {
        var result = outcome.Notes.Count == 0 ? outcome.Result : ManagedClusterPlan.Warned(outcome.Result, outcome.Notes);
        if (result.Memo is not { } text)
        {
            return result;
        }

        var memo = MeshPortJson.Read<ManagedClusterMemo>(text);
        return result with
        {
            Memo = MeshPortJson.Write(
                memo with
                {
                    OperationUrl = outcome.Accepted is { } accepted ? accepted.OperationUrl : memo.OperationUrl,
                    SubnetIsOpen = memo.SubnetIsOpen && outcome.Notes.Count == 0,
                }
            ),
        };
    }
}
