using Azure.Core;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Network;

/// <summary>Makes the resource group, the virtual network and the subnet where they are absent.</summary>
internal sealed class EnsureNetwork(ArmClient arm, ClusterStore clusters, StatusStore log)
{
    [Function(nameof(EnsureNetwork))]
    public Task<StepResult> RunAsync([ActivityTrigger] StepInput input, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                if (await clusters.FindSpecAsync(input, cancellationToken) is not { } spec)
                {
                    return StepResult.SpecChanged;
                }

                var snapshot = await NetworkSnapshot.ObserveAsync(arm, input.Cluster, spec, cancellationToken);
                if (snapshot.Subnet is not null)
                {
                    await log.RecordClusterAsync(input.Cluster, (status, _) => NetworkPlan.Note(status, snapshot), cancellationToken);
                }

                var plan = NetworkPlan.Of(input.Cluster, spec, snapshot);
                return (
                    await ArmChanges.ApplyAsync(
                        arm,
                        plan,
                        input.Generation,
                        change => log.RecordClusterAsync(input.Cluster, change, cancellationToken),
                        cancellationToken
                    )
                ).Result;
            },
            cancellationToken
        );

    internal static ResourceIdentifier SubnetId(ClusterId cluster, NetworkSpec network) => NetworkIds.Subnet(cluster, network);
}
