using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.ResourceManager.ManagedClusters;
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
    private readonly ArmServer _server;

    private AzureSandbox(SandboxOptions options)
    {
        World = new SandboxWorld(options.TimeScale, options.StateFile, options.OneLoopbackAddress);
        _operations = new ArmOperations(World);
        _fleet = new ClusterFleet(World, new SubnetFirewall(World), options.AddOnReconcilerPeriod);
        _server = new ArmServer(World, _fleet, _operations, _application);
    }

    public SandboxWorld World { get; }

    /// <summary>Simulated time; give it to what waits for the sandbox.</summary>
    public SandboxClock Clock => World.Clock;

    public SandboxTraffic Traffic => World.Traffic;

    /// <summary>Azure Resource Manager, for example https://127.0.0.1:41000.</summary>
    public Uri ResourceManagerEndpoint => new($"https://127.0.0.1:{_server.Port}");

    /// <summary>The Entra authority: tokens come from <c>{AuthorityHost}{TenantId}/oauth2/v2.0/token</c>.</summary>
    public Uri AuthorityHost => new($"https://127.0.0.1:{_server.Port}/");

    public string TenantId => Application.TenantId;

    /// <summary>An application that may do everything here; its secret is made at start and lives in memory only.</summary>
    public string ClientId => Application.ClientId;

    public string ClientSecret => _application.Secret;

    /// <summary>PEM of the authority that signed every server certificate of this sandbox.</summary>
    public string CertificateAuthorityPem => World.Certificates.AuthorityPem;

    /// <summary>The long-running Azure operations so far, running and ended, in the order of their start. A cluster that was accepted is one <c>managedClusters/create</c>.</summary>
    public IReadOnlyList<SandboxOperation> Operations => _operations.All;

    /// <summary>What keeps public ports from being served, for example "127.20.0.1:9000 is in use by another process". Tried again until it is gone.</summary>
    public IReadOnlyList<PublicPortProblem> Problems => _fleet.Problems;

    /// <exception cref="InvalidOperationException">The port asked for is in use.</exception>
    public static async Task<AzureSandbox> StartAsync(SandboxOptions options, CancellationToken cancellationToken)
    {
        var sandbox = new AzureSandbox(options);
        try
        {
            await sandbox._fleet.StartAsync(cancellationToken);
            await sandbox._server.StartAsync(options.Port, cancellationToken);
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

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _fleet.DisposeAsync();
        _operations.Dispose();
        World.Dispose();
    }

    private static string Canonical(string clusterId) => clusterId.Split('/') is [_, _, var subscription, _, var group, _, _, _, var name]
        ? $"{ClusterApi.Collection($"/subscriptions/{subscription}/resourceGroups/{group}")}/{name}"
        : clusterId;
}
