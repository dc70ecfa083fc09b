using MeshPort.Http;
using MeshPort.State;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshPort.Functions.Tests.Http;

public sealed class HealthTests
{
    [Fact]
    public async Task A_storage_that_is_gone_is_told_as_a_problem()
    {
        var health = new Health(new DesiredClusters(new GoneStore(), TimeProvider.System), NullLogger<Health>.Instance);

        var answer = await health.ReadyAsync(new DefaultHttpContext().Request, TestContext.Current.CancellationToken);

        Assert.Equal(503, (answer as IStatusCodeHttpResult)?.StatusCode);
        Assert.Contains("not-ready", (answer as IValueHttpResult)?.Value?.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", (answer as IValueHttpResult)?.Value?.ToString(), StringComparison.Ordinal);
    }

    private sealed class GoneStore : IStateStore
    {
        public int MostChanges => 1;

        public int MostCharacters => 1;

        public Task<StateRow?> FindAsync(string partition, string key, CancellationToken cancellationToken) => throw new IOException("secret place");

        public Task<IReadOnlyList<StateRow>> ListAsync(string partition, string prefix, string? after, int limit, CancellationToken cancellationToken) => throw new IOException("secret place");

        public Task<bool> TryCommitAsync(string partition, IReadOnlyList<StateChange> changes, CancellationToken cancellationToken) => throw new IOException("secret place");
    }
}
