using MeshPort.Kubernetes;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace MeshPort.Functions.Tests.Kubernetes;

public sealed class EgressAddressesTests
{
    [Theory]
    [InlineData(null, "203.0.113.0/24", "")]
    [InlineData("203.0.113.7", "203.0.113.0/24", "")]
    [InlineData("2001:db8::7, 203.0.113.7", "203.0.113.0/24", "")]
    [InlineData("203.0.113.7, 198.51.100.0/30", "203.0.113.0/24", "198.51.100.0/30")]
    [InlineData("203.0.113.0/23", "203.0.113.0/24", "refused")]
    [InlineData("203.0.112.0/23", "203.0.113.0/24", "203.0.112.0/23")]
    [InlineData("here", "203.0.113.0/24", "refused")]
    public void Only_addresses_outside_the_ranges_are_told(string? setting, string authorized, string outside)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { [EgressAddresses.Setting] = setting })
            .Build();
        if (outside == "refused")
        {
            Assert.Contains(
                EgressAddresses.Setting,
                Assert.Throws<InvalidOperationException>(() => EgressAddresses.From(configuration)).Message,
                StringComparison.Ordinal
            );
            return;
        }

        Assert.Equal(outside, string.Join(',', EgressAddresses.From(configuration).Outside([authorized])));
    }
}
