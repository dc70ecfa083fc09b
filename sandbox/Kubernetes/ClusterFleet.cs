using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Kubernetes;

/// <summary>What a cluster looks like to its Kubernetes side; made from the ARM resource when an ARM operation has reached the point in time at which it is so.</summary>
/// <param name="ClusterId">The ARM id.</param>
/// <param name="SubnetId">The nodes' subnet, whose network security group guards the data plane; null for an AKS-managed network.</param>
/// <param name="EntraIntegrated">Entra tokens are accepted.</param>
internal sealed record ClusterShape(
    string ClusterId,
    string Name,
    string Location,
    string KubernetesVersion,
    string NodePoolName,
    int NodeCount,
    string VmSize,
    string? SubnetId,
    bool LocalAccounts,
    bool EntraIntegrated,
    MeshShape? Mesh);

/// <param name="Revisions">One, or two during a canary upgrade: <c>asm-1-30</c>.</param>
internal sealed record MeshShape(IReadOnlyList<string> Revisions, bool ExternalGateway, bool InternalGateway);

/// <summary>Which credential a kubeconfig carries.</summary>
internal enum KubeconfigKind
{
    /// <summary>Client certificate of a cluster administrator; refused by ARM when local accounts are disabled.</summary>
    Admin,

    /// <summary>As <c>listClusterUserCredential?format=exec</c> of an Entra cluster: server and CA, and an exec plugin entry.</summary>
    UserExec,

    /// <summary>As <c>listClusterUserCredential</c> of a cluster without Entra: a client certificate.</summary>
    UserCertificate,
}

/// <summary>The Kubernetes side of every cluster: one API server each on a loopback port, with controllers and a data plane.</summary>
internal sealed class ClusterFleet(SandboxWorld world, SubnetFirewall firewall) : IAsyncDisposable
{
    /// <summary>Opens what the world's store remembers.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => throw new NotImplementedException($"{world} {firewall} {cancellationToken}");

    /// <summary>Makes the cluster if it is new and brings nodes, add-on namespaces, gateways and CRDs in line with the shape. Idempotent.</summary>
    public Task EnsureAsync(ClusterShape shape, CancellationToken cancellationToken) => throw new NotImplementedException($"{shape} {cancellationToken}");

    public Task RemoveAsync(string clusterId, CancellationToken cancellationToken) => throw new NotImplementedException($"{clusterId} {cancellationToken}");

    /// <summary>The API server's address, for example https://127.0.0.1:40123.</summary>
    public Uri ApiServer(string clusterId) => throw new NotImplementedException(clusterId);

    /// <summary>A kubeconfig as YAML text.</summary>
    public string Kubeconfig(string clusterId, KubeconfigKind kind) => throw new NotImplementedException($"{clusterId} {kind}");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
