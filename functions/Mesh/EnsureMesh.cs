using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Mesh;

/// <summary>Waits until every control plane that the cluster has is available.</summary>
internal sealed class EnsureMesh(ClusterConnections connections, ClusterStore clusters)
{
    [Function(nameof(EnsureMesh))]
    public async Task<StepResult> RunAsync([ActivityTrigger] StepInput input, CancellationToken cancellationToken) =>
        await clusters.FindSpecAsync(input, cancellationToken) is not { } spec
            ? StepResult.SpecChanged
            : await KubernetesErrors.ClassifyErrorsAsync(
                connections,
                input.Cluster,
                spec.Connection,
                async api => ControlPlanePlan.Of(await ControlPlaneSnapshot.ObserveAsync(api, spec, cancellationToken)).Result,
                cancellationToken
            );
}
