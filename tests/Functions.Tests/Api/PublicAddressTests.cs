using MeshPort.Api;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace MeshPort.Functions.Tests.Api;

public sealed class PublicAddressTests
{
    [Theory]
    [InlineData("ports.example.com")]
    [InlineData("/mesh")]
    [InlineData("ftp://ports.example.com")]
    [InlineData("https://ports.example.com?code=1")]
    [InlineData("https://user:word@ports.example.com")]
    public void An_invalid_public_address_stops_the_start(string setting)
    {
        var exception = Assert.Throws<InvalidOperationException>(() =>
            PublicAddress.From(
                new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create(PublicAddress.Setting, (string?)setting)]).Build()
            )
        );

        Assert.Contains($"'{setting}'", exception.Message, StringComparison.Ordinal);
    }
}
