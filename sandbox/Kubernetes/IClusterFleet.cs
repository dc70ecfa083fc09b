namespace MeshPort.Sandbox.Kubernetes;

/// <summary>The Kubernetes side of the clusters, as Azure Resource Manager drives it.</summary>
internal interface IClusterFleet
{
    /// <summary>Makes the cluster if it is new and brings nodes, add-on namespaces, gateways and CRDs in line with the shape. Idempotent.</summary>
    Task EnsureAsync(ClusterShape shape, CancellationToken cancellationToken);

    /// <summary>Stops the cluster and erases everything of it. Idempotent.</summary>
    Task RemoveAsync(string clusterId, CancellationToken cancellationToken);

    /// <summary>Whether there is a Kubernetes side at all; a create that failed or was cancelled leaves none.</summary>
    bool Has(string clusterId);

    /// <summary>A kubeconfig as YAML text.</summary>
    string Kubeconfig(string clusterId, KubeconfigKind kind);
}
