using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox;

/// <summary>
/// A simulated Azure on loopback: Azure Resource Manager and an Entra token endpoint over HTTPS, one Kubernetes API server for every cluster, and a
/// TCP data plane on "public" loopback addresses. Clients need its URLs, a credential and its certificate authority, and cannot tell otherwise.
/// </summary>
public sealed class AzureSandbox : IAsyncDisposable
{
    private AzureSandbox(SandboxOptions options) => World = new SandboxWorld(options.TimeScale, options.StateFile);

    public SandboxWorld World { get; }

    /// <summary>Simulated time; give it to what waits for the sandbox.</summary>
    public SandboxClock Clock => World.Clock;

    public SandboxTraffic Traffic => World.Traffic;

    /// <summary>Azure Resource Manager, for example https://127.0.0.1:41000.</summary>
    public Uri ResourceManagerEndpoint => throw new NotImplementedException();

    /// <summary>The Entra authority: tokens come from <c>{AuthorityHost}{TenantId}/oauth2/v2.0/token</c>.</summary>
    public Uri AuthorityHost => throw new NotImplementedException();

    public string TenantId => throw new NotImplementedException();

    /// <summary>An application that may do everything here; its secret is made at start and lives in memory only.</summary>
    public string ClientId => throw new NotImplementedException();

    public string ClientSecret => throw new NotImplementedException();

    /// <summary>PEM of the authority that signed every server certificate of this sandbox.</summary>
    public string CertificateAuthorityPem => World.Certificates.AuthorityPem;

    public static Task<AzureSandbox> StartAsync(SandboxOptions options, CancellationToken cancellationToken) =>
        Task.FromException<AzureSandbox>(new NotImplementedException($"{new AzureSandbox(options)} {cancellationToken}"));

    /// <summary>A cluster administrator's kubeconfig as YAML, whatever the cluster's own rules: the sandbox's back door for a person's kubectl.</summary>
    public string AdminKubeconfig(string clusterId) => throw new NotImplementedException(clusterId);

    public ValueTask DisposeAsync()
    {
        World.Dispose();
        return ValueTask.CompletedTask;
    }
}
