using MeshPort.Api;
using MeshPort.Kubernetes;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace MeshPort.Functions.Tests.Api;

public sealed class UnknownSettingsTests
{
    [Theory]
    [InlineData("Access:Operator:Namespaces:0", "Write MeshPort:Access:Operator:Namespaces as one text")]
    [InlineData("Access:Operator:Namespace", "MeshPort:Access:Operator has Subscriptions, ResourceGroups, Namespaces, Ports.")]
    [InlineData("Access:Operators:Ports", "MeshPort:Access has Audience, TenantId, ")]
    [InlineData("Access:Operator", "It is a section. Set Subscriptions, ResourceGroups, Namespaces, Ports.")]
    [InlineData("Access:Audiences", "MeshPort:Access has Audience, ")]
    [InlineData("FunctionKeys", "MeshPort has ")]
    [InlineData("Kubeconfigs", "It is a section. Set NAME.")]
    [InlineData("Kubeconfigs:lab:0", "Write MeshPort:Kubeconfigs:lab as one text")]
    public void A_setting_that_is_not_known_stops_the_start_with_its_name_and_the_remedy(string name, string remedy)
    {
        var exception = Assert.Throws<InvalidOperationException>(() => UnknownSettings.Refuse(Configuration($"MeshPort:{name}")));

        Assert.StartsWith($"MeshPort does not know the setting MeshPort:{name}. ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Known_settings_and_those_of_others_are_no_obstacle() =>
        UnknownSettings.Refuse(
            Configuration([
                .. ShownSettings.Values,
                .. ShownSettings.Addresses,
                .. ShownSettings.Hidden,
                $"{ClusterConnections.Kubeconfigs}:lab",
                "meshport:kubeconfigs:theirs",
                "MeshPort",
                "Other:Namespace",
            ])
        );

    private static IConfiguration Configuration(params string[] names) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(names.Select(name => KeyValuePair.Create<string, string?>(name, "hidden")))
            .Build();
}
