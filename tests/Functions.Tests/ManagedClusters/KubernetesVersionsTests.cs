using MeshPort.ManagedClusters;
using Xunit;

namespace MeshPort.Functions.Tests.ManagedClusters;

/// <summary>The table of <see cref="KubernetesVersions"/>.</summary>
public sealed class KubernetesVersionsTests
{
    [Theory]
    [InlineData("1.33.5", "1.33", null, true)]
    [InlineData("1.33.5", "1.33.5", "none", true)]
    [InlineData("1.34.1", "1.33", null, false)]
    [InlineData("1.34.1", "1.33", "none", false)]
    [InlineData("1.34.1", "1.33", "node-image", false)]
    [InlineData("1.34.1", "1.33", "patch", false)]
    [InlineData("1.33.7", "1.33.5", "patch", true)]
    [InlineData("1.33.3", "1.33.5", "patch", false)]
    [InlineData("1.34.1", "1.33", "stable", true)]
    [InlineData("1.36.0", "1.33.5", "Rapid", true)]
    [InlineData("1.32.9", "1.33", "rapid", false)]
    [InlineData("1.9.1", "1.33", "rapid", false)]
    [InlineData("1.340.1", "1.34", null, false)]
    [InlineData("unknown", "1.33", "rapid", false)]
    public void A_version_is_a_minimum_where_the_channel_moves_it(string found, string wanted, string? channel, bool fits) =>
        Assert.Equal(fits, KubernetesVersions.Fits(found, wanted, channel));
}
