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
/// A simulated Azure on loopback: Azure Resource Manager and an Entra token endpoint over HTTPS, one Kubernetes API server for every cluster, and a
/// TCP data plane on "public" loopback addresses. Clients need its URLs, a credential and its certificate authority, and cannot tell otherwise.
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
        World = new SandboxWorld(options.TimeScale, options.StateFile, options.Seed, options.OneLoopbackAddress, options.IsPaced);
        _operations = new ArmOperations(World);
        _fleet = new ClusterFleet(World, new SubnetFirewall(World), options.AddOnReconcilerPeriod);
        _features = new FeatureRegistrations(World, _operations);
        Events = new SandboxEvents(World, _operations);
        _server = new ArmServer(World, _fleet, _operations, _features, _application, Events, options);
    }

    public SandboxWorld World { get; }

    /// <summary>Simulated time; give it to what waits for the sandbox.</summary>
    public SandboxClock Clock => World.Clock;

    public SandboxTraffic Traffic => World.Traffic;

    /// <summary>Event Grid.</summary>
    public SandboxEvents Events { get; }

    /// <summary>Azure Resource Manager, for example https://127.0.0.1:41000.</summary>
    public Uri ResourceManagerEndpoint => new($"https://127.0.0.1:{_server.Port}");

    /// <summary>
    /// The Entra authority: tokens come from <c>{AuthorityHost}{TenantId}/oauth2/v2.0/token</c>. For <c>AZURE_AUTHORITY_HOST</c>, and for
    /// <c>AZURE_POD_IDENTITY_AUTHORITY_HOST</c>, where the instance metadata service gives tokens to managed identities.
    /// </summary>
    public Uri AuthorityHost => new($"https://127.0.0.1:{_server.Port}/");

    public string TenantId => Application.TenantId;

    /// <summary>An application that may do everything here; its secret is made at start and lives in memory only.</summary>
    public string ClientId => Application.ClientId;

    public string ClientSecret => _application.All[0].ClientSecret;

    /// <summary>Everybody in the tenant, by what they may do: one that may do everything, one that reads, one without a role, and the managed identities.</summary>
    public IReadOnlyList<SandboxApplication> Applications => _application.All;

    /// <summary>For <c>IDENTITY_ENDPOINT</c>: the managed identity endpoint as App Service has it.</summary>
    public Uri IdentityEndpoint => new(ResourceManagerEndpoint, ManagedIdentityEndpoint.AppServicePath);

    /// <summary>For <c>IDENTITY_HEADER</c>, without which the managed identity endpoint gives no tokens.</summary>
    public string IdentityHeader => _application.IdentityHeader;

    /// <summary>PEM of the authority that signed every server certificate of this sandbox.</summary>
    public string CertificateAuthorityPem => World.Certificates.AuthorityPem;

    /// <summary>The long-running Azure operations so far, running and ended, in the order of their start. A cluster that was accepted is one <c>managedClusters/create</c>.</summary>
    public IReadOnlyList<SandboxOperation> Operations => _operations.All;

    /// <summary>
    /// The longest chain of work that Azure and its clusters have done so far, each link after the one that it could not begin without. What a client asked for cannot have been ready sooner;
    /// what it took more is the client's own: looking late, and doing one after the other what could go side by side.
    /// </summary>
    public SandboxChain LongestChain => Chains.LongestChain.Of([.. ChainLinks.Of(_operations.All), .. _fleet.Links]);

    /// <summary>What keeps public ports from being served, for example "127.20.0.1:9000 is in use by another process". Tried again until it is gone.</summary>
    public IReadOnlyList<PublicPortProblem> Problems => _fleet.Problems;

    /// <summary>The ARM ids of the clusters that have an API server.</summary>
    public IReadOnlyList<string> ClusterIds => _fleet.Ids;

    /// <summary>What the controllers or the load balancer of a cluster stumbled over last: a fault of the sandbox itself, which they try again after a while. Null when there was none.</summary>
    /// <param name="clusterId">The ARM id in any spelling of its case.</param>
    public string? LastFault(string clusterId) =>
        _fleet.LastFault(clusterId) is { } fault ? $"{fault.GetType().Name}: {fault.Message}" : null;

    /// <summary>Raised after a cluster came or went.</summary>
    public event Action? ClustersChanged
    {
        add => _fleet.Changed += value;
        remove => _fleet.Changed -= value;
    }

    /// <exception cref="InvalidOperationException">The port asked for is in use.</exception>
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

    /// <summary>A cluster administrator's kubeconfig as YAML, whatever the cluster's own rules: the sandbox's back door for a person's kubectl.</summary>
    /// <param name="clusterId">The ARM id in any spelling of its case.</param>
    public string AdminKubeconfig(string clusterId) => _fleet.Kubeconfig(Canonical(clusterId), KubeconfigKind.BackDoor);

    /// <summary>Does what the owners of a preview feature do to one that is <c>Pending</c>: it registers over the next minutes.</summary>
    /// <param name="feature">With its provider, for example <c>Microsoft.ContainerService/ApprovalGatedPreview</c>.</param>
    /// <returns>False when it is not waiting for approval.</returns>
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
