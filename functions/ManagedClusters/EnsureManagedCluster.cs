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
    public Task<StepResult> RunAsync([ActivityTrigger] StepInput input, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                if (await clusters.FindSpecAsync(input, cancellationToken) is not { } spec)
                {
                    return StepResult.SpecChanged;
                }

                var memo = input.Memo is null ? ManagedClusterMemo.None : MeshPortJson.Read<ManagedClusterMemo>(input.Memo);
                var snapshot = await ManagedClusterSnapshot.ObserveAsync(arm, connections, input.Cluster, spec, memo, cancellationToken);
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
