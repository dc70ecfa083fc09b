using MeshPort.Convergence;
using Xunit;

namespace MeshPort.Functions.Tests.Convergence;

public sealed class KeepClusterOrchestratorTests
{
    private static readonly TimeSpan Resync = TimeSpan.FromMinutes(15);

    [Theory]
    [InlineData(0, 900)]
    [InlineData(1, 30)]
    [InlineData(2, 60)]
    [InlineData(5, 480)]
    [InlineData(6, 900)]
    [InlineData(int.MaxValue, 900)]
    public void A_cluster_that_is_not_as_desired_is_observed_soon_and_then_less_often(int misses, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), KeepClusterOrchestrator.Pause(Resync, misses));

    [Fact]
    public void A_resync_that_is_sooner_still_counts() =>
        Assert.Equal(TimeSpan.FromSeconds(10), KeepClusterOrchestrator.Pause(TimeSpan.FromSeconds(10), misses: 3));
}
