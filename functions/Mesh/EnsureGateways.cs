using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Mesh;

/// <summary>Waits until the Service of every gateway of the spec has an address, and notes the addresses in the cluster's status.</summary>
internal sealed class EnsureGateways(ClusterConnections connections, ClusterStore clusters, StatusStore log)
{
    [Function(nameof(EnsureGateways))]
    public async Task<StepResult> RunAsync([ActivityTrigger] StepInput input, CancellationToken cancellationToken) =>
        (await clusters.FindAsync(input.Cluster, cancellationToken))?.Spec is not { } spec
            ? StepResult.Done(Observation.Unknown(Reasons.Blocked, "MeshPort no longer has this cluster."))
            : await KubernetesErrors.ClassifyErrorsAsync(
                connections,
                input.Cluster,
                spec.Connection,
                async api =>
                {
                    var snapshot = await GatewaysSnapshot.ObserveAsync(api, spec, cancellationToken);
                    var plan = GatewaysPlan.Of(spec, snapshot);
                    if (plan.IsReached)
                    {
                        await log.RecordClusterAsync(
                            input.Cluster,
                            (status, _) => GatewaysPlan.Note(status, spec, snapshot),
                            cancellationToken
                        );
                    }

                    return plan.Result;
                },
                cancellationToken
            );
}
