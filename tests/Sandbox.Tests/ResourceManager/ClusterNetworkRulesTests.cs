using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

/// <summary>The networks that AKS refuses: address ranges, subnets, and ways out.</summary>
public sealed class ClusterNetworkRulesTests(GenerousArmFixture fixture) : IClassFixture<GenerousArmFixture>
{
    [Fact]
    public async Task A_service_range_must_not_overlap_the_subnet()
    {
        await fixture.Clients.GroupAsync("ranges", TestContext.Current.CancellationToken);
        await fixture.SendAsync(
            "PUT",
            ArmFixture.NetworkPath("ranges", "virtualNetworks", "v"),
            """
            {"location":"eastus2","properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/8"]},
            "subnets":[{"name":"s","properties":{"addressPrefix":"10.0.4.0/24"}}]}}
            """
        );
        var body = ArmFixture.Cluster(cluster =>
            cluster["properties"]!["agentPoolProfiles"]![0]!["vnetSubnetID"] = SandboxClients
                .NetworkId("ranges", "virtualNetworks", "v/subnets/s")
                .ToString()
        );

        var answer = await fixture.SendAsync("PUT", ArmFixture.ClusterPath("ranges", "c1"), body);

        Assert.Equal((400, "ServiceCidrOverlapExistingSubnetsCidr"), (answer.Status, ArmFixture.Code(answer.Body)));
    }

    [Theory]
    [InlineData("""{"networkPlugin":"azure"}""", 9, "10.1.0.0/24", 400)]
    [InlineData("""{"networkPlugin":"azure"}""", 9, "10.1.0.0/23", 201)]
    [InlineData("""{"networkPlugin":"azure","networkPluginMode":"overlay"}""", 4, "10.1.0.0/29", 400)]
    [InlineData("""{"networkPlugin":"azure","networkPluginMode":"overlay"}""", 3, "10.1.0.0/29", 201)]
    [InlineData("""{"networkPlugin":"azure","networkPluginMode":"overlay","podCidr":"10.244.0.0/22"}""", 5, "10.1.0.0/24", 400)]
    public async Task A_subnet_must_have_addresses_for_its_nodes_and_pods(string network, int nodes, string prefix, int status)
    {
        var subnet = await SubnetAsync("room", Guid.NewGuid().ToString("N"), prefix);

        var answer = await fixture.SendAsync(
            "PUT",
            ArmFixture.ClusterPath("room", Guid.NewGuid().ToString("N")),
            InSubnet(subnet, network, nodes)
        );

        Assert.True(status == answer.Status, answer.Body.ToJsonString());
        Assert.Equal(status == 400 ? "InsufficientSubnetSize" : null, ArmFixture.Code(answer.Body));
    }

    [Fact]
    public async Task A_kubenet_cluster_does_not_share_its_subnet()
    {
        var subnet = await SubnetAsync("shared", "v", "10.1.0.0/24");
        Assert.Equal(
            201,
            (
                await fixture.SendAsync(
                    "PUT",
                    ArmFixture.ClusterPath("shared", "first"),
                    InSubnet(subnet, """{"networkPlugin":"kubenet"}""", 1)
                )
            ).Status
        );

        var second = await fixture.SendAsync(
            "PUT",
            ArmFixture.ClusterPath("shared", "second"),
            InSubnet(subnet, """{"networkPlugin":"azure","networkPluginMode":"overlay"}""", 1)
        );

        Assert.Equal((400, "BadRequest"), (second.Status, ArmFixture.Code(second.Body)));
    }

    /// <summary>The table of "Customize cluster egress with outbound types" in AKS's documentation.</summary>
    [Theory]
    [InlineData(false, "loadBalancer", "managedNATGateway", 200)]
    [InlineData(false, "managedNATGateway", "loadBalancer", 200)]
    [InlineData(false, "loadBalancer", "none", 200)]
    [InlineData(true, "loadBalancer", "userAssignedNATGateway", 200)]
    [InlineData(true, "userAssignedNATGateway", "userDefinedRouting", 200)]
    [InlineData(true, "userDefinedRouting", "loadBalancer", 200)]
    [InlineData(true, "loadBalancer", "managedNATGateway", 400)]
    public async Task The_outbound_type_changes_within_its_kind_of_network(bool hasSubnet, string from, string to, int status)
    {
        var name = Guid.NewGuid().ToString("N");
        var subnet = hasSubnet ? await WayOutAsync(name) : null;
        var path = ArmFixture.ClusterPath("ways", name);
        await fixture.Clients.GroupAsync("ways", TestContext.Current.CancellationToken);
        Assert.Equal(201, (await fixture.SendAsync("PUT", path, Leaving(from))).Status);
        await ArmFixture.QuietAsync(fixture.Sandbox);

        var changed = await fixture.SendAsync("PUT", path, Leaving(to));
        await ArmFixture.QuietAsync(fixture.Sandbox);

        Assert.True(status == changed.Status, changed.Body.ToJsonString());
        var network = (await fixture.SendAsync("GET", path)).Body["properties"]!["networkProfile"]!;
        Assert.Equal(status == 200 ? to : from, network["outboundType"]!.GetValue<string>());
        Assert.Equal(to == "managedNATGateway" && status == 200, network["natGatewayProfile"]?["effectiveOutboundIPs"] is not null);

        string Leaving(string type) =>
            ArmFixture.Cluster(cluster =>
            {
                cluster["properties"]!["networkProfile"]!["outboundType"] = type;
                cluster["properties"]!["agentPoolProfiles"]![0]!["vnetSubnetID"] = subnet;
            });
    }

    [Fact]
    public async Task A_subnet_without_a_NAT_gateway_or_a_default_route_has_no_such_way_out()
    {
        var subnet = await SubnetAsync("blocked", "v", "10.1.0.0/24");

        foreach (var (type, code) in new[] { ("userAssignedNATGateway", "BadRequest"), ("managedNATGateway", "InvalidParameter") })
        {
            var body = InSubnet(subnet, new JsonObject { ["outboundType"] = type }.ToJsonString(), 1);
            var answer = await fixture.SendAsync("PUT", ArmFixture.ClusterPath("blocked", type), body);
            Assert.Equal((400, code), (answer.Status, ArmFixture.Code(answer.Body)));
        }
    }

    /// <summary>A subnet with a NAT gateway and a route to an appliance.</summary>
    private async Task<string> WayOutAsync(string name)
    {
        var subnet = await SubnetAsync("ways", name, "10.1.0.0/24");
        await PutAsync("natGateways", """{"location":"eastus2","sku":{"name":"Standard"}}""");
        await PutAsync(
            "routeTables",
            """
            {"location":"eastus2","properties":{"routes":[{"name":"out","properties":
            {"addressPrefix":"0.0.0.0/0","nextHopType":"VirtualAppliance","nextHopIpAddress":"10.1.9.4"}}]}}
            """
        );
        await ArmFixture.QuietAsync(fixture.Sandbox);
        var changed = await fixture.SendAsync(
            "PUT",
            ArmFixture.NetworkPath("ways", "virtualNetworks", $"{name}/subnets/s"),
            new JsonObject
            {
                ["properties"] = new JsonObject
                {
                    ["addressPrefix"] = "10.1.0.0/24",
                    ["natGateway"] = new JsonObject { ["id"] = SandboxClients.NetworkId("ways", "natGateways", name).ToString() },
                    ["routeTable"] = new JsonObject { ["id"] = SandboxClients.NetworkId("ways", "routeTables", name).ToString() },
                },
            }.ToJsonString()
        );
        Assert.Equal(200, changed.Status);
        await ArmFixture.QuietAsync(fixture.Sandbox);
        return subnet;

        async Task PutAsync(string kind, string body) =>
            Assert.Equal(201, (await fixture.SendAsync("PUT", ArmFixture.NetworkPath("ways", kind, name), body)).Status);
    }

    private async Task<string> SubnetAsync(string group, string network, string prefix)
    {
        await fixture.Clients.GroupAsync(group, TestContext.Current.CancellationToken);
        var body = new JsonObject
        {
            ["location"] = "eastus2",
            ["properties"] = new JsonObject
            {
                ["addressSpace"] = new JsonObject { ["addressPrefixes"] = new JsonArray("10.1.0.0/16") },
                ["subnets"] = new JsonArray(
                    new JsonObject
                    {
                        ["name"] = "s",
                        ["properties"] = new JsonObject { ["addressPrefix"] = prefix },
                    }
                ),
            },
        };
        Assert.Equal(
            201,
            (await fixture.SendAsync("PUT", ArmFixture.NetworkPath(group, "virtualNetworks", network), body.ToJsonString())).Status
        );
        return SandboxClients.NetworkId(group, "virtualNetworks", $"{network}/subnets/s").ToString();
    }

    private static string InSubnet(string subnet, string network, int nodes) =>
        ArmFixture.Cluster(cluster =>
        {
            var properties = cluster["properties"]!.AsObject();
            properties["networkProfile"] = JsonNode.Parse(network);
            properties["agentPoolProfiles"]![0]!["vnetSubnetID"] = subnet;
            properties["agentPoolProfiles"]![0]!["count"] = nodes;
        });
}
