using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class SubnetFirewallTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private static readonly IPAddress Client = IPAddress.Parse("127.0.0.1");
    private static readonly IPAddress FrontEnd = IPAddress.Parse("127.20.0.1");

    [Fact]
    public async Task Without_a_group_all_traffic_is_allowed_and_with_an_empty_one_none()
    {
        var open = await SubnetAsync("fw1", withGroup: false);
        var closed = await SubnetAsync("fw2", withGroup: true);

        Assert.True(Allows(null, 9000));
        Assert.True(Allows(open + "absent", 9000));
        Assert.True(Allows(open, 9000));
        Assert.False(Allows(closed, 9000));
    }

    [Fact]
    public async Task The_matching_rule_with_the_lowest_priority_number_decides()
    {
        var subnet = await SubnetAsync("fw3", withGroup: true);
        await RuleAsync("fw3", "allow", NetworkTests.Rule(300, "9000-9010"));
        await RuleAsync("fw3", "deny", NetworkTests.Rule(200, "9005", "Deny"));

        Assert.True(Allows(subnet, 9000));
        Assert.False(Allows(subnet, 9005));
        Assert.False(Allows(subnet, 9011));
    }

    [Theory]
    [InlineData("Internet", "*", true)]
    [InlineData("127.0.0.0/8", "127.20.0.1", true)]
    [InlineData("203.0.113.0/24", "*", false)]
    [InlineData("VirtualNetwork", "*", false)]
    [InlineData("*", "127.20.0.2", false)]
    public async Task Source_and_destination_are_matched(string source, string destination, bool allowed)
    {
        var group = $"fw-{Guid.NewGuid():N}";
        var subnet = await SubnetAsync(group, withGroup: true);
        await RuleAsync(group, "rule", NetworkTests.Rule(300, "9000", "Allow", source, destination));

        Assert.Equal(allowed, Allows(subnet, 9000));
        Assert.Equal(allowed, new SubnetFirewall(fixture.Sandbox.World).Allows(subnet, Client.MapToIPv6(), FrontEnd, 9000));
    }

    [Fact]
    public async Task The_network_and_the_load_balancers_probes_are_allowed_by_default()
    {
        var subnet = await SubnetAsync("fw4", withGroup: true);
        var firewall = new SubnetFirewall(fixture.Sandbox.World);

        Assert.True(firewall.Allows(subnet, IPAddress.Parse("10.13.1.1"), IPAddress.Parse("10.13.76.4"), 9000));
        Assert.True(firewall.Allows(subnet, IPAddress.Parse("168.63.129.16"), FrontEnd, 9000));
        Assert.False(firewall.Allows(subnet, IPAddress.Parse("10.14.1.1"), FrontEnd, 9000));
    }

    [Fact]
    public async Task The_tag_of_the_network_contains_the_source_of_probes()
    {
        var subnet = await SubnetAsync("fw5", withGroup: true);
        await RuleAsync("fw5", "deny", NetworkTests.Rule(300, "9000", "Deny", "VirtualNetwork"));
        var firewall = new SubnetFirewall(fixture.Sandbox.World);

        Assert.False(firewall.AllowsProbes(subnet, IPAddress.Parse("10.13.76.4"), 9000));
        Assert.True(firewall.AllowsProbes(subnet, IPAddress.Parse("10.13.76.4"), 9001));
    }

    private bool Allows(string? subnet, int port) => new SubnetFirewall(fixture.Sandbox.World).Allows(subnet, Client, FrontEnd, port);

    private async Task<string> SubnetAsync(string group, bool withGroup)
    {
        await fixture.Clients.GroupAsync(group, TestContext.Current.CancellationToken);
        await PutAsync(group, "networkSecurityGroups", "g", """{"location":"eastus2"}""");
        await PutAsync(
            group,
            "virtualNetworks",
            "v",
            """{"location":"eastus2","properties":{"addressSpace":{"addressPrefixes":["10.13.0.0/16"]}}}"""
        );
        var properties = new JsonObject { ["addressPrefix"] = "10.13.76.0/24" };
        if (withGroup)
        {
            properties["networkSecurityGroup"] = new JsonObject
            {
                ["id"] = SandboxClients.NetworkId(group, "networkSecurityGroups", "g").ToString(),
            };
        }

        await PutAsync(group, "virtualNetworks", "v/subnets/s", new JsonObject { ["properties"] = properties }.ToJsonString());
        return SandboxClients.NetworkId(group, "virtualNetworks", "v/subnets/s").ToString();
    }

    private Task RuleAsync(string group, string name, string rule) =>
        PutAsync(group, "networkSecurityGroups", $"g/securityRules/{name}", rule);

    private async Task PutAsync(string group, string type, string name, string body)
    {
        var answer = await fixture.SendAsync("PUT", ArmFixture.NetworkPath(group, type, name), body);
        Assert.True(answer.Status is 200 or 201, answer.Body.ToJsonString());
        await ArmFixture.QuietAsync(fixture.Sandbox);
    }
}
