using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Kubernetes;

/// <summary>The Kubernetes side of the clusters, driven by Azure Resource Manager.</summary>
internal interface IClusterFleet
{
    /// <summary>
    /// Creates the cluster if necessary and updates nodes, add-on namespaces, gateways and CRDs to match the shape. Idempotent.
    /// </summary>
    Task EnsureAsync(ClusterShape shape, CancellationToken cancellationToken);

    /// <summary>Stops the cluster and deletes all its data. Idempotent.</summary>
    Task RemoveAsync(string clusterId, CancellationToken cancellationToken);

    /// <summary>Whether the cluster has a Kubernetes side. A failed or cancelled create leaves none.</summary>
    bool Has(string clusterId);

    /// <summary>The Services of a cluster. Empty while it has no Kubernetes side.</summary>
    IReadOnlyList<JsonObject> Services(string clusterId);

    /// <summary>A kubeconfig as YAML text.</summary>
    string Kubeconfig(string clusterId, KubeconfigKind kind);
}
