using MeshPort.Arm;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Mesh;

/// <summary>The control planes of Istio in a cluster, whoever installed them.</summary>
internal sealed record ControlPlaneSnapshot(IReadOnlyList<ControlPlane> ControlPlanes)
{
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    public static async Task<ControlPlaneSnapshot> ObserveAsync(KubernetesApi api, ClusterSpec spec, CancellationToken cancellationToken) =>
        new([
            .. (
                await api.ListAsync(
                    ObjectKind.Deployment,
                    AddOn.ControlPlaneSelector,
                    [AddOn.ControlPlaneNamespace(spec)],
                    cancellationToken
                )
            ).Select(deployment => new ControlPlane(deployment.Name(), deployment["status"]?["availableReplicas"]?.GetValue<int>() ?? 0)),
        ]);
}

internal sealed record ControlPlane(string Name, int AvailableReplicas);

/// <summary>
/// Whether the mesh works, pure. MeshPort installs no control plane: AKS does, or the owner of a cluster that is not AKS's.
/// <code>
/// control planes          reported
/// none                    wait  MeshStarting
/// one is not available    wait  MeshStarting, and the cluster serves: proxies keep their configuration
/// one                     True  AsDesired
/// several                 True  MeshUpgrading
/// </code>
/// </summary>
internal static class ControlPlanePlan
{
    private const string Wait = "Wait for it, or roll back with az aks mesh upgrade rollback.";

    public static StepPlan<ArmChange> Of(ControlPlaneSnapshot snapshot)
    {
        var planes = snapshot.ControlPlanes;
        var names = string.Join(" and ", planes.Select(plane => plane.Name).Order(StringComparer.Ordinal));
        var waiting = planes.FirstOrDefault(plane => plane.AvailableReplicas <= 0);
        return StepPlan<ArmChange>.Nothing(
            (planes.Count, waiting) switch
            {
                (0, _) => StepResult.AskAgain(
                    Reasons.MeshStarting,
                    "Istio has no control plane yet. If the cluster is not of AKS, install one."
                ),
                (var count, not null) => StepResult.AskAgain(
                    Reasons.MeshStarting,
                    $"The control plane {waiting.Name} is not available{(count == 1 ? " yet." : $". {Wait}")}"
                ) with
                {
                    Serves = true,
                },
                (1, _) => StepResult.Done(Observation.True(Reasons.AsDesired, $"{names} runs.")),
                _ => StepResult.Done(
                    Observation.True(
                        Reasons.MeshUpgrading,
                        $"{names} run side by side: the mesh is being upgraded, and MeshPort does not interfere; "
                            + "finish it with az aks mesh upgrade complete, or rollback."
                    )
                ),
            }
        );
    }
}
