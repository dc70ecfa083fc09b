using System.Text.Json.Nodes;
using MeshPort.Sandbox.Chains;
using MeshPort.Sandbox.Controllers;
using MeshPort.Sandbox.Controllers.SecretsStore;
using MeshPort.Sandbox.Controllers.Workloads;
using MeshPort.Sandbox.DataPlane;
using MeshPort.Sandbox.Kubelet;
using MeshPort.Sandbox.Kubelet.Programs;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Access;
using MeshPort.Sandbox.Kubernetes.Admission.Webhooks;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;
using MeshPort.Sandbox.Kubernetes.Server;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.ResourceManager.Authorization;
using MeshPort.Sandbox.ResourceManager.Network;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Clusters;

/// <summary>One cluster: its objects, its API server, its controllers and its load balancer.</summary>
internal sealed class KubernetesCluster : IAsyncDisposable
{
    private readonly ObjectStore _store;
    private readonly ObjectTimes _times;
    private readonly AdmissionHooks _hooks;
    private readonly ApiServer _server;
    private readonly ControllerLoop _controllers;
    private readonly AzureLoadBalancer _loadBalancer;
    private readonly LoadBalancerController _addresses;
    private volatile ClusterShape _shape;
    private bool _running;

    public KubernetesCluster(
        SandboxWorld world,
        SubnetFirewall firewall,
        KubeAuthentication authentication,
        ClusterShape shape,
        TimeSpan? addOnReconcilerPeriod
    )
    {
        _shape = shape;
        _store = new ObjectStore(world.Store, shape.ClusterId) { IpFamilies = shape.IpFamilies, IsAutomatic = shape.IsAutomatic };
        Guid NewGuid(string purpose) => world.Ids.NewGuid($"{shape.ClusterId}/{purpose}");
        _times = new ObjectTimes(world);
        _hooks = new AdmissionHooks(_store, NewGuid);
        var writer = new ObjectWriter(_store, _times, NewGuid, _hooks);
        var accounts = new ServiceAccountTokens(_store, writer, world, shape.ClusterId);
        var authorizer = new Authorizer(new RbacAuthorizer(_store), () => _shape);
        var outputs = new ContainerOutputs(_store, _times.Clock);
        var router = new TrafficRouter(_store, () => _shape, () => world.Ids.NextFraction($"{shape.ClusterId}/weights"));
        var connections = new ConnectionServer(outputs.Of, world.Clock);
        _server = new ApiServer(
            world,
            () => _shape,
            new RequestGate(authentication, accounts, authorizer, () => _shape),
            new ResourceHandler(_store, writer, authorizer),
            new Reviews(authorizer, token => authentication.OfToken(_shape, accounts, token)),
            new TokenRequests(_store, accounts, TimeProvider.System),
            new PodLogs(_store, outputs, _times.Clock),
            new Evictions(_store, writer),
            new PodConnections(
                new ContainerFiles(_store, _times.Clock),
                outputs,
                new ContainerValues(_store),
                new PortForwarding(router, connections),
                world
            ),
            _store
        );
        var events = new EventRecorder(_store, writer);
        var pods = new PodFactory(_store, writer, events);
        var revisions = new Revisions(_store, writer);
        var assignments = new RoleAssignmentStore(world);
        var resources = new ResourceStore(world);
        var vaults = new Vaults(world.VaultCertificates, resources, assignments, () => _shape);
        var mounts = new SecretMounts(_store, writer, events, vaults, () => _shape);
        _addresses = new LoadBalancerController(
            _store,
            writer,
            events,
            world.Addresses,
            shape.ClusterId,
            () => ClusterIdentity.SubnetProblem(assignments, _shape.PrincipalId, _shape.SubnetId),
            new LoadBalancerResources(
                resources,
                assignments,
                new PublicAddressUsers(world),
                new NodeGroupNetwork(world, resources, _ => []),
                () => _shape
            ),
            world.RulesOfNode,
            () => _loadBalancer?.Wake()
        );
        _controllers = new ControllerLoop(
            _store,
            world.Clock,
            [
                new BaseObjects(_store, writer, world.Namespaces, () => _shape),
                new NodeProvisioner(_store, writer, () => _shape),
                new SystemWorkloads(_store, writer, () => _shape),
                new DefaultAccess(_store, writer, () => _shape),
                accounts,
                new MeshAddOn(_store, writer, () => _shape),
                new BroughtSecrets(_store, writer, world),
                new BroughtVaults(world, resources, assignments, () => _shape),
                new SecretsProviderAddOn(_store, writer, () => _shape),
                new GatewayApiDefinitions(_store, writer, () => _shape),
                new AddOnReconciler(_store, writer, () => _shape, addOnReconcilerPeriod),
                new ScalerController(_store, writer),
                new GatewayApiController(_store, writer, () => _shape),
                new GarbageCollector(_store, writer),
                new DeploymentController(_store, writer, events, pods),
                new StatefulSetController(_store, writer, pods, revisions),
                new DaemonSetController(_store, writer, pods, revisions),
                new CronJobController(_store, writer, events),
                new JobController(_store, writer, pods, events),
                new VolumeController(_store, writer, events),
                new PodController(_store, writer, events, mounts, () => _shape),
                new SecretsStoreController(_store, writer, events, mounts, vaults, () => _shape),
                new QuotaController(_store, writer),
                new AdmissionsEnforcer(_store, writer),
                new ApiServiceController(_store, writer),
                new CertificateSigner(_store, writer, world.Certificates),
                new FlowSchemaController(_store, writer),
                new EndpointController(_store, writer),
                _addresses,
            ]
        );
        _loadBalancer = new AzureLoadBalancer(
            _store,
            router,
            connections,
            outputs,
            firewall,
            new ConnectionFaults(world, () => _shape),
            world,
            () => _shape
        );
    }

    public ClusterShape Shape => _shape;

    public int Port { get; private set; }

    public Uri Address => new($"https://127.0.0.1:{Port}");

    public IEnumerable<SandboxLink> Links => ChainLinks.Of(_shape.ClusterId, _store, _times);

    public IReadOnlyList<PublicPortProblem> Problems => _loadBalancer.Problems;

    public IReadOnlyList<JsonObject> Services => _store.List(ResourceCatalog.Service);

    public Exception? LastFault => _controllers.LastFault ?? _loadBalancer.LastFault;

    /// <summary>Opens the cluster for clients. A stopped cluster only keeps its port.</summary>
    public void Start(ApiHost host, int port)
    {
        Port = port;
        if (_shape.Stopped)
        {
            return;
        }

        _running = true;
        _controllers.RunOnce();
        _loadBalancer.Start();
        _controllers.Start();
        _server.Start(host, port);
        Port = _server.Port;
    }

    /// <summary>Applies a new shape. The controllers update the objects before this returns.</summary>
    public void Reshape(ClusterShape shape)
    {
        _shape = shape;
        _store.IpFamilies = shape.IpFamilies;
        _store.IsAutomatic = shape.IsAutomatic;
        if (_running)
        {
            _controllers.RunOnce();
            _loadBalancer.Wake();
        }
    }

    /// <summary>Deletes the cluster's data from the store. Call it after the cluster stopped.</summary>
    public void Forget()
    {
        _addresses.ReleaseAll();
        _store.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_running)
        {
            return;
        }

        _running = false;
        await _server.DisposeAsync();
        await _controllers.DisposeAsync();
        await _loadBalancer.DisposeAsync();
        _hooks.Dispose();
    }
}
