using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Chains;
using MeshPort.Sandbox.DataPlane;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Access;
using MeshPort.Sandbox.Kubernetes.Server;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Clusters;

/// <summary>The Kubernetes side of every cluster: an API server on its own loopback port, controllers and a data plane.</summary>
/// <param name="addOnReconcilerPeriod">How often the mesh add-on restores its own Services, in simulated time. Null: never.</param>
internal sealed class ClusterFleet(SandboxWorld world, SubnetFirewall firewall, TimeSpan? addOnReconcilerPeriod = null)
    : IClusterFleet,
        IAsyncDisposable
{
    private const string Table = "clusters";
    private readonly ConcurrentDictionary<string, KubernetesCluster> _clusters = new(StringComparer.OrdinalIgnoreCase);
    private readonly SemaphoreSlim _changes = new(1, 1);
    private readonly X509Certificate2 _certificate = world.Certificates.IssueServer(
        ["localhost", "kubernetes", "kubernetes.default.svc"],
        [IPAddress.Loopback]
    );
    private readonly KubeAuthentication _authentication = new(world);
    private ApiHost? _host;

    /// <summary>A public port that cannot be served, for example "127.20.0.1:9000 is in use by another process".</summary>
    public IReadOnlyList<PublicPortProblem> Problems => [.. _clusters.Values.SelectMany(cluster => cluster.Problems)];

    /// <summary>The last exception in a cluster's controllers or load balancer. Null when no exception occurred.</summary>
    public Exception? LastFault(string id) => _clusters.GetValueOrDefault(id)?.LastFault;

    /// <summary>Work that took clusters time.</summary>
    public IReadOnlyList<SandboxLink> Links => [.. _clusters.Values.SelectMany(cluster => cluster.Links)];

    public IReadOnlyList<string> Ids => [.. _clusters.Keys.Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>Raised after a cluster was added or removed.</summary>
    public event Action? Changed;

    /// <summary>Opens the clusters of the state file.</summary>
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

    /// <inheritdoc/>
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
                // Stopping and starting a cluster works like a restart of the sandbox: the store has its whole state.
                await (known?.DisposeAsync() ?? ValueTask.CompletedTask);
                known = await OpenAsync(shape, cancellationToken);
            }

            world.Store.Put(
                Table,
                shape.ClusterId,
                new JsonObject { ["shape"] = JsonSerializer.SerializeToNode(shape), ["port"] = known.Port }
            );
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <inheritdoc/>
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

    /// <inheritdoc/>
    public bool Has(string clusterId) => _clusters.ContainsKey(clusterId);

    public IReadOnlyList<JsonObject> Services(string clusterId) => _clusters.GetValueOrDefault(clusterId)?.Services ?? [];

    /// <summary>The API server's address, for example https://127.0.0.1:40123.</summary>
    public Uri ApiServer(string clusterId) => Find(clusterId).Address;

    /// <inheritdoc/>
    public string Kubeconfig(string clusterId, KubeconfigKind kind) =>
        KubeconfigText.Of(world, Find(clusterId).Shape, Find(clusterId).Address, kind);

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in _clusters.Values)
        {
            await cluster.DisposeAsync();
        }

        await (_host?.DisposeAsync() ?? ValueTask.CompletedTask);
        _certificate.Dispose();
        _changes.Dispose();
    }

    private KubernetesCluster Find(string clusterId) =>
        _clusters.GetValueOrDefault(clusterId) ?? throw new KeyNotFoundException($"The cluster {clusterId} does not exist.");

    private async Task<KubernetesCluster> OpenAsync(ClusterShape shape, CancellationToken cancellationToken)
    {
        var cluster = new KubernetesCluster(world, firewall, _authentication, shape, addOnReconcilerPeriod);
        var port = world.Store.Get(Table, shape.ClusterId)?["port"]?.GetValue<int>() ?? 0;
        _host ??= await ApiHost.StartAsync(_certificate, cancellationToken);
        cluster.Start(_host, port);
        _clusters[shape.ClusterId] = cluster;
        Changed?.Invoke();
        return cluster;
    }
}
