using System.Security.Cryptography.X509Certificates;
using MeshPort.Sandbox.Controllers;
using MeshPort.Sandbox.DataPlane;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Server;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Kubernetes;

/// <summary>One cluster: its objects, its API server, its controllers and its load balancer.</summary>
internal sealed class KubernetesCluster : IAsyncDisposable
{
    private readonly ObjectStore _store;
    private readonly ApiServer _server;
    private readonly ControllerLoop _controllers;
    private readonly LoadBalancer _loadBalancer;
    private readonly LoadBalancerController _addresses;
    private volatile ClusterShape _shape;

    public KubernetesCluster(SandboxWorld world, SubnetFirewall firewall, KubeAuthentication authentication, ClusterShape shape, TimeSpan? addOnReconcilerPeriod)
    {
        _shape = shape;
        _store = new ObjectStore(world.Store, shape.ClusterId);
        var writer = new ObjectWriter(_store, world.Clock);
        _server = new ApiServer(world, authentication, () => _shape, _store, new ResourceHandler(_store, writer, world.Clock));
        var events = new EventRecorder(_store, writer);
        _addresses = new LoadBalancerController(_store, writer, events, world.Addresses, shape.ClusterId);
        _controllers = new ControllerLoop(_store, world.Clock,
        [
            new BaseObjects(_store, writer, () => _shape),
            new MeshAddOn(_store, writer, () => _shape),
            new GatewayApiDefinitions(_store, writer, () => _shape),
            new AddOnReconciler(_store, writer, () => _shape, addOnReconcilerPeriod),
            new ScalerController(_store, writer),
            new GatewayApiController(_store, writer, () => _shape),
            new DeploymentController(_store, writer, events),
            new PodController(_store, writer, events),
            new EndpointController(_store, writer),
            _addresses,
        ]);
        _loadBalancer = new LoadBalancer(_store, new TrafficRouter(_store, () => _shape, Random.Shared.NextDouble), firewall, world, () => _shape);
    }

    public ClusterShape Shape => _shape;

    public int Port => _server.Port;

    public Uri Address => new($"https://127.0.0.1:{_server.Port}");

    public IReadOnlyList<PublicPortProblem> Problems => _loadBalancer.Problems;

    public async Task StartAsync(int port, X509Certificate2 certificate, CancellationToken cancellationToken)
    {
        _controllers.RunOnce();
        _loadBalancer.Start();
        _controllers.Start();
        await _server.StartAsync(port, certificate, cancellationToken);
    }

    /// <summary>Takes a new shape; the controllers bring the objects in line before this returns.</summary>
    public void Reshape(ClusterShape shape)
    {
        _shape = shape;
        _controllers.RunOnce();
        _loadBalancer.Wake();
    }

    /// <summary>Erases what the store has of the cluster, after it has been stopped.</summary>
    public void Forget()
    {
        _addresses.ReleaseAll();
        _store.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _controllers.DisposeAsync();
        await _loadBalancer.DisposeAsync();
    }
}
