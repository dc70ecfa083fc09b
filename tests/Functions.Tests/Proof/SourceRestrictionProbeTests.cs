using MeshPort.Model;
using MeshPort.Proof;
using Xunit;

namespace MeshPort.Functions.Tests.Proof;

public sealed class SourceRestrictionProbeTests
{
    [Theory]
    [InlineData("ConnectionTimedOut", "", "CompanionService", "NotReachableFromHere")]
    [InlineData("ConnectionReset", "", "CompanionService", "ConnectionReset")]
    [InlineData("ConnectionReset", "", "ManagedService", "NotReachableFromHere")]
    [InlineData("ConnectionReset", "guard", "ManagedService", "ConnectionReset")]
    [InlineData("ConnectionRefused", "", "ManagedService", "ConnectionRefused")]
    public void Only_a_result_that_allowedSources_explains_is_unknown(string probed, string group, string strategy, string told)
    {
        var cluster = new ClusterSpec
        {
            Location = "eastus2",
            Strategy = Enum.Parse<Strategy>(strategy),
            Network = group.Length == 0 ? null : new NetworkSpec("net", "10.0.0.0/8", "nodes", "10.0.0.0/16", group),
        };

        Assert.Equal(told, SourceRestrictionProbe.Judge(Exposure("203.0.113.0/24"), Observation.False(probed, ""), cluster).Reason);
        Assert.Equal(probed, SourceRestrictionProbe.Judge(Exposure(), Observation.False(probed, ""), cluster).Reason);
    }

    private static NamedExposure Exposure(params string[] sources) =>
        new(
            "echo",
            1,
            new ExposureSpec
            {
                Port = 9000,
                AllowedSources = sources,
                Backends = [new BackendSpec("echo", "default", 9000, 100)],
            }
        );
}
