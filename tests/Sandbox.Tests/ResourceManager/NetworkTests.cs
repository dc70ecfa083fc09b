using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class NetworkTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private const string Network = """{"location":"eastus2","properties":{"addressSpace":{"addressPrefixes":["10.13.0.0/16"]}}}""";
    private const string Group = """{"location":"eastus2","properties":{}}""";

    [Fact]
    public async Task A_subnet_appears_in_its_network_and_stays_when_the_network_is_rewritten()
    {
        await StartAsync("net1");
        await PutAsync("net1", "virtualNetworks", "v", Network);
        await PutAsync("net1", "virtualNetworks", "v/subnets/s", """{"properties":{"addressPrefix":"10.13.76.0/24"}}""");
        await PutAsync("net1", "virtualNetworks", "v", Network, 200);

        var network = (await fixture.SendAsync("GET", ArmFixture.NetworkPath("net1", "virtualNetworks", "v"))).Body;
        Assert.Equal("Succeeded", network["properties"]!["provisioningState"]!.GetValue<string>());
        Assert.Equal(
            "10.13.76.0/24",
            Assert.Single(network["properties"]!["subnets"]!.AsArray())!["properties"]!["addressPrefix"]!.GetValue<string>()
        );
    }

    [Theory]
    [InlineData("v/subnets/x", "10.14.0.0/24", "NetcfgSubnetRangeOutsideVnet")]
    [InlineData("v/subnets/x", "10.13.76.128/25", "NetcfgSubnetRangesOverlap")]
    [InlineData("v/subnets/x", "10.13.80.1/24", "InvalidAddressPrefixFormat")]
    [InlineData("absent/subnets/x", "10.13.80.0/24", "ParentResourceNotFound")]
    public async Task A_subnet_outside_or_overlapping_the_network_is_refused(string name, string prefix, string code)
    {
        await StartAsync("net2");
        await fixture.SendAsync("PUT", ArmFixture.NetworkPath("net2", "virtualNetworks", "v"), Network);
        await ArmFixture.QuietAsync(fixture.Sandbox);
        await fixture.SendAsync(
            "PUT",
            ArmFixture.NetworkPath("net2", "virtualNetworks", "v/subnets/s"),
            """{"properties":{"addressPrefix":"10.13.76.0/24"}}"""
        );
        await ArmFixture.QuietAsync(fixture.Sandbox);

        var answer = await fixture.SendAsync(
            "PUT",
            ArmFixture.NetworkPath("net2", "virtualNetworks", name),
            $$$"""{"properties":{"addressPrefix":"{{{prefix}}}"}}"""
        );

        Assert.Equal(code, ArmFixture.Code(answer.Body));
    }

    [Fact]
    public async Task A_rule_is_written_read_and_removed_and_its_priority_is_unique()
    {
        await StartAsync("net3");
        await PutAsync("net3", "networkSecurityGroups", "g", Group);
        await PutAsync("net3", "networkSecurityGroups", "g/securityRules/a", Rule(200, "9000"));

        var conflict = await fixture.SendAsync(
            "PUT",
            ArmFixture.NetworkPath("net3", "networkSecurityGroups", "g/securityRules/b"),
            Rule(200, "9001")
        );
        var invalid = await fixture.SendAsync(
            "PUT",
            ArmFixture.NetworkPath("net3", "networkSecurityGroups", "g/securityRules/b"),
            Rule(5000, "9001")
        );
        var group = (await fixture.SendAsync("GET", ArmFixture.NetworkPath("net3", "networkSecurityGroups", "g"))).Body;
        var removed = await fixture.SendAsync("DELETE", ArmFixture.NetworkPath("net3", "networkSecurityGroups", "g/securityRules/a"));
        await ArmFixture.QuietAsync(fixture.Sandbox);

        Assert.Equal("SecurityRuleConflict", ArmFixture.Code(conflict.Body));
        Assert.Equal("SecurityRuleInvalidPriority", ArmFixture.Code(invalid.Body));
        Assert.Single(group["properties"]!["securityRules"]!.AsArray());
        Assert.Equal(6, group["properties"]!["defaultSecurityRules"]!.AsArray().Count);
        Assert.Equal(202, removed.Status);
        Assert.Equal(
            404,
            (await fixture.SendAsync("GET", ArmFixture.NetworkPath("net3", "networkSecurityGroups", "g/securityRules/a"))).Status
        );
        Assert.Equal(
            204,
            (await fixture.SendAsync("DELETE", ArmFixture.NetworkPath("net3", "networkSecurityGroups", "g/securityRules/a"))).Status
        );
    }

    [Theory]
    [InlineData(400, "203.0.113.0/24", "203.0.113.7/32")]
    [InlineData(400, "203.0.113.7", "203.0.113.7/32")]
    [InlineData(400, "2001:db8::/32", "2001:db8:1::/48")]
    [InlineData(201, "203.0.113.0/25", "203.0.113.128/25")]
    public async Task A_rule_whose_prefixes_overlap_is_refused(int status, params string[] prefixes)
    {
        await StartAsync("net8");
        await fixture.SendAsync("PUT", ArmFixture.NetworkPath("net8", "networkSecurityGroups", "g"), Group);
        await ArmFixture.QuietAsync(fixture.Sandbox);
        var rule = JsonNode.Parse(Rule(200, "9000"))!;
        rule["properties"]!.AsObject().Remove("sourceAddressPrefix");
        rule["properties"]!["sourceAddressPrefixes"] = new JsonArray([.. prefixes.Select(prefix => JsonValue.Create(prefix))]);

        var answer = await fixture.SendAsync(
            "PUT",
            ArmFixture.NetworkPath("net8", "networkSecurityGroups", "g/securityRules/a"),
            rule.ToJsonString()
        );
        await ArmFixture.QuietAsync(fixture.Sandbox);
        await fixture.SendAsync("DELETE", ArmFixture.NetworkPath("net8", "networkSecurityGroups", "g/securityRules/a"));
        await ArmFixture.QuietAsync(fixture.Sandbox);

        Assert.Equal(status, answer.Status);
        if (status == 400)
        {
            Assert.Equal("OverlappingSubnetsNotPermittedInSecurityRule", ArmFixture.Code(answer.Body));
        }
    }

    [Theory]
    [InlineData("SecurityRuleParametersUnsupportedForPortRanges", "destinationPortRange", "9000", "9001")]
    [InlineData("SecurityRuleParametersUnsupportedForAddressPrefixes", "sourceAddressPrefix", "10.0.0.0/8", "10.1.0.0/16")]
    [InlineData("SecurityRuleParameterContainsInvalidPortRanges", "destinationPortRange", null, "*")]
    [InlineData("SecurityRuleParameterContainsUnsupportedValue", "sourceAddressPrefix", null, "*")]
    [InlineData("SecurityRuleParameterContainsUnsupportedValue", "sourceAddressPrefix", null, "10.0.0.0/8", "Internet")]
    [InlineData("SecurityRuleParameterContainsUnsupportedValue", "destinationAddressPrefix", null, "Storage.EastUS")]
    [InlineData("SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix", "50.206.209.68/27")]
    [InlineData("SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix", "208.130.28/24")]
    [InlineData("SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix", "192.168.0.0/34")]
    [InlineData("SecurityRuleInvalidAddressPrefix", "sourceAddressPrefix", "VIRTUAL_NETWORK")]
    [InlineData("SecurityRuleInvalidAddressPrefix", "destinationAddressPrefix", null, "2001:db8::1/32")]
    [InlineData("ResourceCannotContainAddressPrefixesFromDifferentAddressFamilies", "sourceAddressPrefix", null, "10.0.0.0/8", "fd00::/8")]
    [InlineData(null, "sourceAddressPrefix", "Storage.EastUS")]
    [InlineData(null, "sourceAddressPrefix", "", "192.0.2.1/32")]
    [InlineData(null, "sourceAddressPrefix", "2001:db8::1")]
    public async Task A_rule_has_values_in_the_form_that_Azure_accepts(
        string? code,
        string property,
        string? single,
        params string[] several
    )
    {
        await StartAsync("net10");
        await fixture.SendAsync("PUT", ArmFixture.NetworkPath("net10", "networkSecurityGroups", "g"), Group);
        await ArmFixture.QuietAsync(fixture.Sandbox);
        var rule = JsonNode.Parse(Rule(200, "9000"))!;
        rule["properties"]![property] = single;
        rule["properties"]![property.EndsWith('x') ? $"{property}es" : $"{property}s"] = new JsonArray([
            .. several.Select(value => JsonValue.Create(value)),
        ]);

        var path = ArmFixture.NetworkPath("net10", "networkSecurityGroups", "g/securityRules/a");
        var answer = await fixture.SendAsync("PUT", path, rule.ToJsonString());
        await ArmFixture.QuietAsync(fixture.Sandbox);
        await fixture.SendAsync("DELETE", path);
        await ArmFixture.QuietAsync(fixture.Sandbox);

        Assert.Equal(code is null ? 201 : 400, answer.Status);
        Assert.Equal(code, code is null ? null : ArmFixture.Code(answer.Body));
    }

    [Fact]
    public async Task A_group_in_use_cannot_be_deleted_and_a_missing_one_cannot_be_used()
    {
        await StartAsync("net4");
        await PutAsync("net4", "networkSecurityGroups", "g", Group);
        await PutAsync("net4", "virtualNetworks", "v", Network);
        await PutAsync("net4", "virtualNetworks", "v/subnets/s", Subnet("g"));

        var inUse = await fixture.SendAsync("DELETE", ArmFixture.NetworkPath("net4", "networkSecurityGroups", "g"));
        var absent = await fixture.SendAsync("PUT", ArmFixture.NetworkPath("net4", "virtualNetworks", "v/subnets/s"), Subnet("absent"));

        Assert.Equal("InUseNetworkSecurityGroupCannotBeDeleted", ArmFixture.Code(inUse.Body));
        Assert.Equal("InvalidResourceReference", ArmFixture.Code(absent.Body));

        string Subnet(string group) =>
            new JsonObject
            {
                ["properties"] = new JsonObject
                {
                    ["addressPrefix"] = "10.13.76.0/24",
                    ["networkSecurityGroup"] = new JsonObject
                    {
                        ["id"] = SandboxClients.NetworkId("net4", "networkSecurityGroups", group).ToString(),
                    },
                },
            }.ToJsonString();
    }

    [Fact]
    public async Task Only_one_part_of_a_group_is_written_at_a_time()
    {
        var token = TestContext.Current.CancellationToken;
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = 1 }, token);
        using var clients = new SandboxClients(sandbox);
        await clients.GroupAsync("rg", token);
        await ArmFixture.SendAsync(clients, "PUT", ArmFixture.NetworkPath("rg", "networkSecurityGroups", "g"), Group);

        var answer = await ArmFixture.SendAsync(
            clients,
            "PUT",
            ArmFixture.NetworkPath("rg", "networkSecurityGroups", "g/securityRules/a"),
            Rule(200, "9000")
        );

        Assert.Equal((429, "RetryableErrorDueToAnotherOperation"), (answer.Status, ArmFixture.Code(answer.Body)));
        Assert.Equal("1", Assert.Single(answer.Message.Headers.GetValues("Retry-After")));
    }

    [Fact]
    public async Task A_subnet_with_nodes_keeps_its_range_and_delegations_and_cannot_be_deleted()
    {
        await StartAsync("net5");
        await PutAsync("net5", "virtualNetworks", "v", Network);
        await PutAsync("net5", "virtualNetworks", "v/subnets/s", """{"properties":{"addressPrefix":"10.13.76.0/24"}}""");
        var subnet = SandboxClients.NetworkId("net5", "virtualNetworks", "v/subnets/s").ToString();
        await fixture.SendAsync(
            "PUT",
            ArmFixture.ClusterPath("net5", "c"),
            ArmFixture.Cluster(cluster => cluster["properties"]!["agentPoolProfiles"]![0]!["vnetSubnetID"] = subnet)
        );

        var moved = await fixture.SendAsync(
            "PUT",
            ArmFixture.NetworkPath("net5", "virtualNetworks", "v/subnets/s"),
            """{"properties":{"addressPrefix":"10.13.77.0/24"}}"""
        );
        var delegated = await fixture.SendAsync(
            "PUT",
            ArmFixture.NetworkPath("net5", "virtualNetworks", "v/subnets/s"),
            """
            {"properties":{"addressPrefix":"10.13.76.0/24","delegations":[{"name":"d",
            "properties":{"serviceName":"Microsoft.Web/serverFarms"}}]}}
            """
        );
        var deleted = await fixture.SendAsync("DELETE", ArmFixture.NetworkPath("net5", "virtualNetworks", "v/subnets/s"));
        var whole = await fixture.SendAsync("DELETE", ArmFixture.NetworkPath("net5", "virtualNetworks", "v"));

        Assert.Equal("InUsePrefixCannotBeDeleted", ArmFixture.Code(moved.Body));
        Assert.Equal("SubnetDelegationsCannotChangeWhenSubnetUsedByResource", ArmFixture.Code(delegated.Body));
        Assert.Equal("InUseSubnetCannotBeDeleted", ArmFixture.Code(deleted.Body));
        Assert.Equal("InUseSubnetCannotBeDeleted", ArmFixture.Code(whole.Body));
    }

    [Fact]
    public async Task A_write_with_an_outdated_etag_is_refused()
    {
        await StartAsync("net6");
        await PutAsync("net6", "networkSecurityGroups", "g", Group);
        var path = ArmFixture.NetworkPath("net6", "networkSecurityGroups", "g");
        var etag = (await fixture.SendAsync("GET", path)).Body["etag"]!.GetValue<string>();

        Assert.Equal(412, (await fixture.SendAsync("PUT", path, Group, ("If-None-Match", "*"))).Status);
        Assert.Equal(412, (await fixture.SendAsync("DELETE", path, null, ("If-Match", "W/\"other\""))).Status);
        Assert.Equal(200, (await fixture.SendAsync("PATCH", path, """{"tags":{"a":"1"}}""", ("If-Match", etag))).Status);
        Assert.Equal(412, (await fixture.SendAsync("PUT", path, Group, ("If-Match", etag))).Status);
    }

    [Fact]
    public async Task A_group_has_at_most_a_thousand_rules()
    {
        await StartAsync("net7");
        var path = ArmFixture.NetworkPath("net7", "networkSecurityGroups", "g");

        var tooMany = await fixture.SendAsync("PUT", path, Rules(1_001));
        await fixture.SendAsync("PUT", path, Rules(1_000));
        await ArmFixture.QuietAsync(fixture.Sandbox);
        var oneMore = await fixture.SendAsync(
            "PUT",
            ArmFixture.NetworkPath("net7", "networkSecurityGroups", "g/securityRules/more"),
            Rule(4000, "9000")
        );

        Assert.Equal((400, "SecurityRuleCountLimitReached"), (tooMany.Status, ArmFixture.Code(tooMany.Body)));
        Assert.Equal((400, "SecurityRuleCountLimitReached"), (oneMore.Status, ArmFixture.Code(oneMore.Body)));

        static string Rules(int count) =>
            new JsonObject
            {
                ["location"] = "eastus2",
                ["properties"] = new JsonObject
                {
                    ["securityRules"] = new JsonArray([
                        .. Enumerable
                            .Range(0, count)
                            .Select(number =>
                            {
                                var rule = JsonNode.Parse(Rule(100 + number, "9000"))!;
                                rule["name"] = $"r{number}";
                                return rule;
                            }),
                    ]),
                },
            }.ToJsonString();
    }

    [Fact]
    public async Task The_rules_of_a_group_have_at_most_4000_source_prefixes_together()
    {
        await StartAsync("net9");
        await PutAsync("net9", "networkSecurityGroups", "g", Group);
        await PutAsync("net9", "networkSecurityGroups", "g/securityRules/a", Sources(200, 3999));
        await PutAsync("net9", "networkSecurityGroups", "g/securityRules/b", Rule(201, "9000", source: "203.0.113.7"));
        await PutAsync("net9", "networkSecurityGroups", "g/securityRules/c", Rule(202, "9000", source: "Internet"));

        var answer = await fixture.SendAsync(
            "PUT",
            ArmFixture.NetworkPath("net9", "networkSecurityGroups", "g/securityRules/d"),
            Sources(203, 95)
        );

        Assert.Equal((400, "SecurityRuleAddressesOrPortsPerSecurityGroupLimitReached"), (answer.Status, ArmFixture.Code(answer.Body)));
        Assert.Contains("has 4095 SourceAddressPrefixes.", answer.Body.ToJsonString(), StringComparison.Ordinal);

        static string Sources(int priority, int count)
        {
            var rule = JsonNode.Parse(Rule(priority, "9000"))!;
            rule["properties"]!.AsObject().Remove("sourceAddressPrefix");
            rule["properties"]!["sourceAddressPrefixes"] = new JsonArray([
                .. Enumerable.Range(0, count).Select(number => JsonValue.Create($"10.{number / 256}.{number % 256}.0/24")),
            ]);
            return rule.ToJsonString();
        }
    }

    internal static string Rule(int priority, string port, string access = "Allow", string source = "*", string destination = "*") =>
        new JsonObject
        {
            ["properties"] = new JsonObject
            {
                ["priority"] = priority,
                ["access"] = access,
                ["direction"] = "Inbound",
                ["protocol"] = "Tcp",
                ["sourceAddressPrefix"] = source,
                ["sourcePortRange"] = "*",
                ["destinationAddressPrefix"] = destination,
                ["destinationPortRange"] = port,
            },
        }.ToJsonString();

    private Task StartAsync(string group) => fixture.Clients.GroupAsync(group, TestContext.Current.CancellationToken);

    private async Task PutAsync(string group, string type, string name, string body, int status = 201)
    {
        var answer = await fixture.SendAsync("PUT", ArmFixture.NetworkPath(group, type, name), body);
        Assert.True(answer.Status == status, answer.Body.ToJsonString());
        await ArmFixture.QuietAsync(fixture.Sandbox);
    }
}
