using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Chains;
using MeshPort.Sandbox.Kubernetes.Access;
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

    /// <summary>Object id of the identity that asks Azure for load balancers; null when that is a service principal, whose rights are not looked at.</summary>
    public string? PrincipalId { get; init; }

    /// <summary>Azure RBAC decides before the cluster's own roles (<c>aadProfile.enableAzureRBAC</c>).</summary>
    public bool AzureRbac { get; init; }

    /// <summary>Object ids of the Entra groups whose members administer the cluster (<c>aadProfile.adminGroupObjectIDs</c>).</summary>
    public IReadOnlyList<string> AdminGroups { get; init; } = [];

    /// <summary>The cluster keeps its objects and addresses, but nothing of it runs: no API server, no controllers, no data plane.</summary>
    public bool Stopped { get; init; }

    /// <summary>All node pools; the one that the parameters describe when no others are given.</summary>
    public IReadOnlyList<NodePoolShape> Pools
    {
        get => field ?? [new NodePoolShape(NodePoolName, "System", NodeCount, VmSize, KubernetesVersion)];
        init;
    }
}

/// <param name="Mode">System or User.</param>
internal sealed record NodePoolShape(string Name, string Mode, int Count, string VmSize, string KubernetesVersion)
{
    /// <summary>On each of its nodes.</summary>
    public int MaxPods { get; init; } = 250;
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

    /// <summary>As <c>listClusterUserCredential?format=azure</c> of an Entra cluster: the <c>azure</c> auth provider of clients before Kubernetes 1.26.</summary>
    UserAzure,

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

    /// <summary>See <see cref="AzureSandbox.LastFault"/>.</summary>
    public Exception? LastFault(string id) => _clusters.GetValueOrDefault(id)?.LastFault;

    /// <summary>What clusters took their time for.</summary>
    public IReadOnlyList<SandboxLink> Links => [.. _clusters.Values.SelectMany(cluster => cluster.Links)];

    public IReadOnlyList<string> Ids => [.. _clusters.Keys.Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>Raised after a cluster came or went.</summary>
    public event Action? Changed;

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
            if (_clusters.TryGetValue(shape.ClusterId, out var known) && known.Shape.Stopped == shape.Stopped)
            {
                known.Reshape(shape);
            }
            else
            {
                // Starting and stopping are what a restart of the sandbox does to one cluster: all that it knows is in the store.
                await (known?.DisposeAsync() ?? ValueTask.CompletedTask);
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
                Changed?.Invoke();
            }
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Whether there is a Kubernetes side at all; a create that failed or was cancelled leaves none.</summary>
    public bool Has(string clusterId) => _clusters.ContainsKey(clusterId);

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
        Changed?.Invoke();
        return cluster;
    }
}
