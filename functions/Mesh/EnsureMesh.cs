using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Mesh;

/// <summary>Waits until every control plane that the cluster has is available, whoever has installed it.</summary>
internal sealed class EnsureMesh(ClusterConnections connections)
{
    [Function(nameof(EnsureMesh))]
    public Task<StepResult> RunAsync([ActivityTrigger] StepInput question, CancellationToken cancellationToken) =>
        KubernetesErrors.ClassifyErrorsAsync(connections, question.Cluster, api => LookAsync(api, cancellationToken), cancellationToken);

    private static async Task<StepResult> LookAsync(KubernetesApi api, CancellationToken cancellationToken)
    {
        var controlPlanes = await api.ListAsync(ObjectKind.Deployment, AddOn.ControlPlaneSelector, cancellationToken);
        if (controlPlanes.Count == 0)
        {
            return StepResult.AskAgain(
                Reasons.MeshStarting,
                "There is no control plane of Istio yet; a cluster that is not AKS's needs one installed."
            );
        }

        if (controlPlanes.Find(plane => plane["status"]?["availableReplicas"]?.GetValue<int>() is not > 0) is { } waiting)
        {
            return StepResult.AskAgain(Reasons.MeshStarting, $"The control plane {Name(waiting)} is not available yet.");
        }

        var names = string.Join(" and ", controlPlanes.Select(Name).Order(StringComparer.Ordinal));
        return StepResult.Done(
            controlPlanes.Count == 1
                ? Observation.True(Reasons.AsDesired, $"{names} runs.")
                : Observation.True(
                    Reasons.MeshUpgrading,
                    $"{names} run side by side: the mesh is being upgraded, which is left alone; finish it with az aks mesh upgrade complete, or rollback."
                )
        );
    }

    private static string Name(JsonObject controlPlane) => controlPlane["metadata"]?["name"]?.GetValue<string>() ?? "istiod";
}
