using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

/// <summary>Public addresses, prefixes and route tables of a customer.</summary>
public sealed class NetworkResourceTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_public_address_is_static_and_keeps_its_value()
    {
        await fixture.Clients.GroupAsync("pip", Cancel);
        var path = ArmFixture.NetworkPath("pip", "publicIPAddresses", "pip1");
        const string body = """
            {"location":"eastus2","sku":{"name":"Standard"},"properties":{"publicIPAllocationMethod":"Static","dnsSettings":{
            "domainNameLabel":"mine"}}}
            """;

        Assert.Equal(201, (await fixture.SendAsync("PUT", path, body)).Status);
        await ArmFixture.QuietAsync(fixture.Sandbox);
        var (_, first, _) = await fixture.SendAsync("GET", path);
        Assert.Equal("mine.eastus2.cloudapp.azure.com", first["properties"]!["dnsSettings"]!["fqdn"]!.GetValue<string>());
        Assert.Equal(200, (await fixture.SendAsync("PUT", path, first.ToJsonString())).Status);
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Equal(
            first["properties"]!["ipAddress"]!.GetValue<string>(),
            (await fixture.SendAsync("GET", path)).Body["properties"]!["ipAddress"]!.GetValue<string>()
        );
        Assert.Equal(202, (await fixture.SendAsync("DELETE", path)).Status);
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Equal(404, (await fixture.SendAsync("GET", path)).Status);
    }

    [Fact]
    public async Task A_public_address_keeps_its_zones_and_its_dns_name_is_unique()
    {
        await fixture.Clients.GroupAsync("pipzones", Cancel);
        const string body = """
            {"location":"eastus2","sku":{"name":"Standard"},"zones":["1"],
            "properties":{"publicIPAllocationMethod":"Static","dnsSettings":{"domainNameLabel":"taken"}}}
            """;
        Assert.Equal(201, (await PutAsync("a", body)).Status);
        await ArmFixture.QuietAsync(fixture.Sandbox);

        Assert.Equal(200, (await PutAsync("a", body)).Status);
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Equal(
            "ResourceAvailabilityZonesCannotBeModified",
            ArmFixture.Code((await PutAsync("a", body.Replace("\"1\"", "\"2\"", StringComparison.Ordinal))).Body)
        );
        Assert.Equal("DnsRecordInUse", ArmFixture.Code((await PutAsync("b", body)).Body));

        Task<(int Status, JsonObject Body, HttpResponseMessage Message)> PutAsync(string name, string text) =>
            fixture.SendAsync("PUT", ArmFixture.NetworkPath("pipzones", "publicIPAddresses", name), text);
    }

    [Theory]
    [InlineData(
        "publicIPAddresses",
        """
            {"location":"eastus2","sku":{"name":"Standard"},
            "properties":{"publicIPAllocationMethod":"Static","dnsSettings":{"domainNameLabel":"Bad_Label"}}}
            """,
        "InvalidDomainNameLabel"
    )]
    [InlineData(
        "publicIPAddresses",
        """
            {"location":"eastus2","sku":{"name":"Standard"},"zones":["9"],
            "properties":{"publicIPAllocationMethod":"Static"}}
            """,
        "InvalidAvailabilityZone"
    )]
    [InlineData(
        "publicIPAddresses",
        """
            {"location":"eastus2","sku":{"name":"Standard"},
            "properties":{"publicIPAllocationMethod":"Static","publicIPPrefix":{"id":"/subscriptions/0"}}}
            """,
        "InvalidResourceReference"
    )]
    [InlineData(
        "virtualNetworks",
        """
            {"location":"eastus2",
            "properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/16","10.0.1.0/24"]}}}
            """,
        "AddressPrefixesOverlap"
    )]
    [InlineData(
        "virtualNetworks",
        """
            {"location":"eastus2",
            "properties":{"addressSpace":{"addressPrefixes":["224.0.0.0/16"]}}}
            """,
        "AddressPrefixNotAllowed"
    )]
    [InlineData(
        "virtualNetworks",
        """
            {"location":"eastus2",
            "properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/16"]},
            "subnets":[{"name":"s","properties":{"addressPrefix":"10.0.0.0/30"}}]}}
            """,
        "NetcfgInvalidSubnet"
    )]
    [InlineData(
        "virtualNetworks",
        """
            {"location":"eastus2",
            "properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/16"]},
            "subnets":[{"name":"s","properties":{"addressPrefix":"10.0.0.0/24","natGateway":{"id":"/0"}}}]}}
            """,
        "InvalidResourceReference"
    )]
    [InlineData(
        "routeTables",
        """
            {"location":"eastus2",
            "properties":{"routes":[{"name":"r","properties":
            {"addressPrefix":"10.0.0.1/8","nextHopType":"Internet"}}]}}
            """,
        "InvalidAddressPrefixFormat"
    )]
    [InlineData("publicIPAddresses", """{"location":"eastus2"}""", "IPv4BasicSkuPublicIpCountLimitReached")]
    [InlineData(
        "publicIPAddresses",
        """
            {"location":"eastus2","sku":{"name":"Standard"}}
            """,
        "StandardSkuPublicIPAddressesMustBeStatic"
    )]
    [InlineData("publicIPPrefixes", """{"location":"eastus2","properties":{"prefixLength":8}}""", "PublicIpPrefixLengthNotSupported")]
    [InlineData(
        "routeTables",
        """
            {"location":"eastus2","properties":{"routes":[{"name":"r","properties":{"addressPrefix":"10.0.0.0/8",
            "nextHopType":"VirtualAppliance"}}]}}
            """,
        "InvalidNextHopIpAddress"
    )]
    public async Task An_invalid_network_resource_is_refused(string type, string body, string code)
    {
        await fixture.Clients.GroupAsync("invalid", Cancel);

        var (status, answer, _) = await fixture.SendAsync("PUT", ArmFixture.NetworkPath("invalid", type, "x"), body);

        Assert.Equal((400, code), (status, ArmFixture.Code(answer)));
    }

    [Fact]
    public async Task A_route_table_in_use_stays_and_excludes_a_system_assigned_identity()
    {
        await fixture.Clients.GroupAsync("routes", Cancel);
        var table = ArmFixture.NetworkPath("routes", "routeTables", "rt1");
        await fixture.SendAsync("PUT", table, """{"location":"eastus2"}""");
        await ArmFixture.QuietAsync(fixture.Sandbox);
        var id = SandboxClients.NetworkId("routes", "routeTables", "rt1").ToString();
        var network = ArmFixture.NetworkPath("routes", "virtualNetworks", "vnet1");
        var (status, body, _) = await fixture.SendAsync(
            "PUT",
            network,
            $$$"""
            {"location":"eastus2","properties":{"addressSpace":{"addressPrefixes":["10.13.0.0/16"]},"subnets":[{"name":"aks",
            "properties":{"addressPrefix":"10.13.76.0/24","routeTable":{"id":"{{{id}}}"} } }]}}
            """
        );
        Assert.True(status == 201, body.ToJsonString());
        await ArmFixture.QuietAsync(fixture.Sandbox);

        Assert.Equal("InUseRouteTableCannotBeDeleted", ArmFixture.Code((await fixture.SendAsync("DELETE", table)).Body));
        Assert.Single((await fixture.SendAsync("GET", table)).Body["properties"]!["subnets"]!.AsArray());
        var cluster = ArmFixture.Cluster(wanted =>
        {
            wanted["identity"] = new JsonObject { ["type"] = "SystemAssigned" };
            wanted["properties"]!["networkProfile"] = new JsonObject { ["networkPlugin"] = "kubenet" };
            wanted["properties"]!["agentPoolProfiles"]![0]!["vnetSubnetID"] = SandboxClients
                .NetworkId("routes", "virtualNetworks", "vnet1/subnets/aks")
                .ToString();
        });
        Assert.Equal(
            "CustomRouteTableWithUnsupportedMSIType",
            ArmFixture.Code((await fixture.SendAsync("PUT", ArmFixture.ClusterPath("routes", "c1"), cluster)).Body)
        );
    }

    [Theory]
    [InlineData("10.13.76.4", true)]
    [InlineData("10.13.76.3", false)]
    [InlineData("10.13.76.255", false)]
    [InlineData("10.14.0.4", false)]
    public async Task A_network_tells_whether_an_address_is_free(string address, bool available)
    {
        await fixture.Clients.GroupAsync("free", Cancel);
        await fixture.SendAsync(
            "PUT",
            ArmFixture.NetworkPath("free", "virtualNetworks", "vnet1"),
            """
            {"location":"eastus2","properties":{"addressSpace":{"addressPrefixes":["10.13.0.0/16"]},"subnets":[{"name":"aks",
            "properties":{"addressPrefix":"10.13.76.0/24"}}]}}
            """
        );

        var (_, body, _) = await fixture.SendAsync(
            "GET",
            ArmFixture.NetworkPath("free", "virtualNetworks", "vnet1/CheckIPAddressAvailability") + $"&ipAddress={address}"
        );

        Assert.Equal(available, body["available"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Free_addresses_are_of_the_subnet_of_the_asked_one()
    {
        await fixture.Clients.GroupAsync("free2", Cancel);
        await fixture.SendAsync(
            "PUT",
            ArmFixture.NetworkPath("free2", "virtualNetworks", "vnet1"),
            """
            {"location":"eastus2","properties":{"addressSpace":{"addressPrefixes":["10.13.0.0/16"]},"subnets":[
            {"name":"one","properties":{"addressPrefix":"10.13.76.0/24"}},{"name":"two","properties":{"addressPrefix":"10.13.77.0/24"}}]}}
            """
        );

        var (_, body, _) = await fixture.SendAsync(
            "GET",
            ArmFixture.NetworkPath("free2", "virtualNetworks", "vnet1/CheckIPAddressAvailability") + "&ipAddress=10.13.77.0"
        );

        Assert.Equal("10.13.77.4", body["availableIPAddresses"]![0]!.GetValue<string>());
    }
}
