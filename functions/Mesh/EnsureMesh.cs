using System.Text.Json.Nodes;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Clusters;
using MeshPort.Kubernetes;

namespace MeshPort.Mesh;

/// <summary>Waits until the control plane of every mesh revision that the cluster has is available.</summary>
internal sealed class EnsureMesh(ArmClient arm, ClusterConnections connections)
{
    [Function(nameof(EnsureMesh))]
    public Task<StationReport> RunAsync([ActivityTrigger] StationQuestion question, CancellationToken cancellationToken) =>
        KubernetesFaults.GuardAsync(connections, question.Cluster, api => LookAsync(api, question.Cluster, cancellationToken), cancellationToken);

    private async Task<StationReport> LookAsync(KubernetesApi api, ClusterId cluster, CancellationToken cancellationToken)
    {
        var observed = await ManagedClusterResource.Of(arm, cluster).GetIfExistsAsync(cancellationToken);
        var revisions = (observed?["properties"]?["serviceMeshProfile"]?["istio"]?["revisions"] as JsonArray ?? [])
            .Select(revision => revision?.GetValue<string>() ?? "")
            .ToList();
        if (revisions.Count == 0)
        {
            return StationReport.AskAgain(Reasons.MeshStarting, "Azure does not name a mesh revision yet.");
        }

        foreach (var revision in revisions)
        {
            var controlPlane = await api.FindAsync(AddOn.ControlPlane(revision), cancellationToken);
            if (controlPlane?["status"]?["availableReplicas"]?.GetValue<int>() is not > 0)
            {
                return StationReport.AskAgain(Reasons.MeshStarting, $"The control plane of {revision} is not available yet.");
            }
        }

        return StationReport.Done(Verdict.True(Reasons.AsDesired, $"Istio {string.Join(" and ", revisions)} runs."));
    }
}
