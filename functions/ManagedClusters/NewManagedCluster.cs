using System.Text.Json.Nodes;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;
using MeshPort.Network;

namespace MeshPort.ManagedClusters;

/// <summary>The body of a cluster that does not exist, with the mesh revision chosen among those that its location offers.</summary>
internal static class NewManagedCluster
{
    /// <returns>The body, or why there can be none.</returns>
    /// <exception cref="Azure.RequestFailedException">ARM refused or could not be reached.</exception>
    public static async Task<(JsonObject? Body, string? Trouble)> BodyAsync(
        ArmClient arm,
        ClusterId cluster,
        ClusterSpec spec,
        CancellationToken cancellationToken
    )
    {
        var revision = spec.Mesh.Revision;
        if (revision is null && spec.KubernetesVersion is { } version)
        {
            var offered = await MeshRevisionProfileResource
                .Of(arm, cluster.SubscriptionId, spec.Location)
                .GetRevisionsAsync(cancellationToken);
            revision = MeshRevisions.Newest(offered, version);
            if (revision is null)
            {
                return (null, $"No mesh revision in {spec.Location} is compatible with Kubernetes {version}; choose another version.");
            }
        }

        var subnet = spec.Network is { } network ? EnsureNetwork.SubnetId(cluster, network).ToString() : null;
        return (ManagedClusterBody.Create(cluster, spec, subnet, revision), null);
    }
}
