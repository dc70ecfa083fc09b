using MeshPort.Sandbox.Chains;
using MeshPort.Sandbox.Clusters;
using MeshPort.Sandbox.DataPlane;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.EventGrid;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.ResourceManager.ManagedClusters;
using MeshPort.Sandbox.ResourceManager.Subscriptions;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox;

/// <summary>
/// A simulated Azure on loopback. It has Azure Resource Manager and an Entra token endpoint over HTTPS, one Kubernetes API server for every
/// cluster, and a TCP data plane on "public" loopback addresses. Clients need only its URLs, a credential and its certificate authority.
/// </summary>
public sealed class AzureSandbox : IAsyncDisposable
{
    private readonly Application _application = new();
    private readonly ArmOperations _operations;
    private readonly ClusterFleet _fleet;
    private readonly FeatureRegistrations _features;
    private readonly ArmServer _server;

    private AzureSandbox(SandboxOptions options)
    {
        World = new SandboxWorld(
            options.TimeScale,
            options.StateFile,
            options.Seed,
            options.OneLoopbackAddress,
            options.IsPaced,
            options.MachineTimes
        )
        {
            Namespaces = options.Namespaces,
            GatewaySecrets = options.GatewaySecrets,
            GatewayVaults = options.GatewayVaults,
            RulesOfNode = options.RulesOfNode,
        };
        _operations = new ArmOperations(World);
        _fleet = new ClusterFleet(World, new SubnetFirewall(World), options.AddOnReconcilerPeriod);
        _features = new FeatureRegistrations(World, _operations);
        Events = new SandboxEvents(World, _operations);
        _server = new ArmServer(World, _fleet, _operations, _features, _application, Events, options);
    }

    public SandboxWorld World { get; }

    /// <summary>Simulated time, for code that waits for the sandbox.</summary>
    public SandboxClock Clock => World.Clock;

    public SandboxTraffic Traffic => World.Traffic;

    /// <summary>Event Grid.</summary>
    public SandboxEvents Events { get; }

    /// <summary>Azure Resource Manager, for example https://127.0.0.1:41000.</summary>
    public Uri ResourceManagerEndpoint => new($"https://127.0.0.1:{_server.Port}");

    /// <summary>
    /// The Entra authority. Clients get tokens from <c>{AuthorityHost}{TenantId}/oauth2/v2.0/token</c>. Set <c>AZURE_AUTHORITY_HOST</c> to
    /// it, and <c>AZURE_POD_IDENTITY_AUTHORITY_HOST</c> for managed identities (instance metadata service).
    /// </summary>
    public Uri AuthorityHost => new($"https://127.0.0.1:{_server.Port}/");

    public string TenantId => Application.TenantId;

    /// <summary>An application with the owner role. Its secret is created at start and stays in memory.</summary>
    public string ClientId => Application.ClientId;

    public string ClientSecret => _application.All[0].ClientSecret;

    /// <summary>All principals of the tenant: an owner, a reader, an application without a role, and the managed identities.</summary>
    public IReadOnlyList<SandboxApplication> Applications => _application.All;

    /// <summary>
    /// The applications of webhooks: one where Event Grid has the app role, one where it lacks it, and one that only the application
    /// "reader" may subscribe.
    /// </summary>
    public IReadOnlyList<WebHookApplication> WebHookApplications => Application.WebHooks;

    /// <summary>The value for <c>IDENTITY_ENDPOINT</c>: the managed identity endpoint in the form of App Service.</summary>
    public Uri IdentityEndpoint => new(ResourceManagerEndpoint, ManagedIdentityEndpoint.AppServicePath);

    /// <summary>The value for <c>IDENTITY_HEADER</c>. The managed identity endpoint refuses requests without it.</summary>
    public string IdentityHeader => _application.IdentityHeader;

    /// <summary>The certificate authority that signed every server certificate of this sandbox, as PEM.</summary>
    public string CertificateAuthorityPem => World.Certificates.AuthorityPem;

    /// <summary>
    /// All long-running Azure operations, running and ended, in start order. Creating a cluster is one <c>managedClusters/create</c>.
    /// </summary>
    public IReadOnlyList<SandboxOperation> Operations => _operations.All;

    /// <summary>
    /// The longest chain of work that Azure and its clusters have done so far. Each link depends on the one before it. No client could have
    /// finished sooner; any additional time is the client's own (late polling, serial requests).
    /// </summary>
    public SandboxChain LongestChain => Chains.LongestChain.Of([.. ChainLinks.Of(_operations.All), .. _fleet.Links]);

    /// <summary>
    /// Public ports that cannot be served, for example "127.20.0.1:9000 is in use by another process". The sandbox retries them.
    /// </summary>
    public IReadOnlyList<PublicPortProblem> Problems => _fleet.Problems;

    /// <summary>The ARM ids of the clusters that have an API server.</summary>
    public IReadOnlyList<string> ClusterIds => _fleet.Ids;

    /// <summary>
    /// The last exception in a cluster's controllers or load balancer, which retry later. It is a defect of the sandbox. Null when no
    /// exception occurred.
    /// </summary>
    /// <param name="clusterId">The ARM id, in any letter case.</param>
    public string? LastFault(string clusterId) =>
        _fleet.LastFault(clusterId) is { } fault ? $"{fault.GetType().Name}: {fault.Message}" : null;

    /// <summary>Raised after a cluster was added or removed.</summary>
    public event Action? ClustersChanged
    {
        add => _fleet.Changed += value;
        remove => _fleet.Changed -= value;
    }

    /// <exception cref="InvalidOperationException">The requested port is in use.</exception>
    public static async Task<AzureSandbox> StartAsync(SandboxOptions options, CancellationToken cancellationToken)
    {
        var sandbox = new AzureSandbox(options);
        try
        {
            await sandbox._fleet.StartAsync(cancellationToken);
            await sandbox._server.StartAsync(options.Port, cancellationToken);
            sandbox.Events.Start();
            return sandbox;
        }
        catch
        {
            await sandbox.DisposeAsync();
            throw;
        }
    }

    /// <summary>An administrator's kubeconfig as YAML, valid whatever the cluster's own access rules. For a person's kubectl.</summary>
    /// <param name="clusterId">The ARM id, in any letter case.</param>
    public string AdminKubeconfig(string clusterId) => _fleet.Kubeconfig(Canonical(clusterId), KubeconfigKind.BackDoor);

    /// <summary>Approves a preview feature that is <c>Pending</c>, as its owners at Microsoft do. It registers within minutes.</summary>
    /// <param name="feature">With its provider, for example <c>Microsoft.ContainerService/ApprovalGatedPreview</c>.</param>
    /// <returns>False when the feature does not wait for approval.</returns>
    public bool ApproveFeature(string subscriptionId, string feature) => _features.Approve(subscriptionId, feature);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await Events.DisposeAsync();
        await _fleet.DisposeAsync();
        _operations.Dispose();
        World.Dispose();
    }

    private static string Canonical(string clusterId) =>
        clusterId.Split('/') is [_, _, var subscription, _, var group, _, _, _, var name]
            ? $"{ManagedClusterApi.Collection($"/subscriptions/{subscription}/resourceGroups/{group}")}/{name}"
            : clusterId;
}
