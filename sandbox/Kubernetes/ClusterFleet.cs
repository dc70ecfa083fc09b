using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Server;
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
    MeshShape? Mesh)
{
    /// <summary>The managed Gateway API definitions are installed.</summary>
    public bool GatewayApi { get; init; }
}

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

    /// <summary>The sandbox's own administrator, accepted even where local accounts are disabled.</summary>
    BackDoor,
}

/// <summary>The Kubernetes side of every cluster: one API server each on a loopback port, with controllers and a data plane.</summary>
/// <param name="addOnReconcilerPeriod">See <see cref="SandboxOptions.AddOnReconcilerPeriod"/>.</param>
internal sealed class ClusterFleet(SandboxWorld world, SubnetFirewall firewall, TimeSpan? addOnReconcilerPeriod = null) : IAsyncDisposable
{
    private const string Table = "clusters";
    private readonly ConcurrentDictionary<string, KubernetesCluster> _clusters = new(StringComparer.OrdinalIgnoreCase);
    private readonly SemaphoreSlim _changes = new(1, 1);
    private readonly X509Certificate2 _certificate = world.Certificates.IssueServer(["localhost", "kubernetes", "kubernetes.default.svc"], [IPAddress.Loopback]);
    private readonly KubeAuthentication _authentication = new(world);

    /// <summary>What keeps a public port from being served, for example "127.20.0.1:9000 is in use by another process".</summary>
    public IReadOnlyList<PublicPortProblem> Problems => [.. _clusters.Values.SelectMany(cluster => cluster.Problems)];

    /// <summary>Opens what the world's store remembers.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var (_, document) in world.Store.List(Table))
        {
            if (document["shape"].Deserialize<ClusterShape>() is { } shape)
            {
                await OpenAsync(shape, cancellationToken);
            }
        }
    }

    /// <summary>Makes the cluster if it is new and brings nodes, add-on namespaces, gateways and CRDs in line with the shape. Idempotent.</summary>
    public async Task EnsureAsync(ClusterShape shape, CancellationToken cancellationToken)
    {
        await _changes.WaitAsync(cancellationToken);
        try
        {
            if (_clusters.TryGetValue(shape.ClusterId, out var known))
            {
                known.Reshape(shape);
            }
            else
            {
                known = await OpenAsync(shape, cancellationToken);
            }

            world.Store.Put(Table, shape.ClusterId, new JsonObject { ["shape"] = JsonSerializer.SerializeToNode(shape), ["port"] = known.Port });
        }
        finally
        {
            _changes.Release();
        }
    }

    public async Task RemoveAsync(string clusterId, CancellationToken cancellationToken)
    {
        await _changes.WaitAsync(cancellationToken);
        try
        {
            world.Store.Delete(Table, clusterId);
            if (_clusters.TryRemove(clusterId, out var cluster))
            {
                await cluster.DisposeAsync();
                cluster.Forget();
            }
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>The API server's address, for example https://127.0.0.1:40123.</summary>
    public Uri ApiServer(string clusterId) => Find(clusterId).Address;

    /// <summary>A kubeconfig as YAML text.</summary>
    public string Kubeconfig(string clusterId, KubeconfigKind kind) =>
        KubeconfigText.Of(world, Find(clusterId).Shape, Find(clusterId).Address, kind);

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in _clusters.Values)
        {
            await cluster.DisposeAsync();
        }

        _certificate.Dispose();
        _changes.Dispose();
    }

    private KubernetesCluster Find(string clusterId) =>
        _clusters.GetValueOrDefault(clusterId) ?? throw new KeyNotFoundException($"There is no cluster {clusterId}.");

    private async Task<KubernetesCluster> OpenAsync(ClusterShape shape, CancellationToken cancellationToken)
    {
        var cluster = new KubernetesCluster(world, firewall, _authentication, shape, addOnReconcilerPeriod);
        var port = world.Store.Get(Table, shape.ClusterId)?["port"]?.GetValue<int>() ?? 0;
        await cluster.StartAsync(port, _certificate, cancellationToken);
        _clusters[shape.ClusterId] = cluster;
        return cluster;
    }
}
