using MeshPort.Access;
using MeshPort.Arm;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace MeshPort.Functions.Tests.Access;

public sealed class AccessOptionsTests
{
    [Theory]
    [InlineData("Operator:Ports", "9000,many", "Operator:Ports")]
    [InlineData("Operator:Ports", "9001-9000", "Operator:Ports")]
    [InlineData("Operator:Ports", "0-70000", "Operator:Ports")]
    [InlineData("Reader:Ports", "9000", "Reader")]
    [InlineData("RequestsPerMinute", "-1", "RequestsPerMinute")]
    [InlineData("Audience", "api://meshport", "TenantId")]
    [InlineData("Events:Audience", "api://meshport-events", "TenantId")]
    [InlineData("Events:Sender", "Event Grid", "Events:Sender")]
    public void An_invalid_setting_stops_the_start_with_its_name(string name, string value, string named)
    {
        var exception = Assert.Throws<InvalidOperationException>(() => Read((name, value)));

        Assert.Contains($"MeshPort:Access:{named}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_setting_allows_everything() =>
        Assert.True(Read().Operator.Allows(new("00000000-0000-0000-0000-000000000000", "rg", "c")));

    private static AccessOptions Read(params (string Name, string Value)[] settings) =>
        AccessOptions.From(
            new ConfigurationBuilder()
                .AddInMemoryCollection(
                    settings.Select(setting => KeyValuePair.Create<string, string?>($"MeshPort:Access:{setting.Name}", setting.Value))
                )
                .Build(),
            new AzureOptions()
        );
}
