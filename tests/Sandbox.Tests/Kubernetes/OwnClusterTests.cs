using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Tests that each have a cluster and its official client.</summary>
public abstract class OwnClusterTests : IAsyncLifetime
{
    private TestCluster _cluster = null!; // set by InitializeAsync before any test

    private protected k8s.Kubernetes Client => _cluster.Client;

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
