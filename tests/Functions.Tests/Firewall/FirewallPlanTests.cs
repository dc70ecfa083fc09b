using System.Text.Json.Nodes;
using MeshPort.Firewall;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Firewall;

public sealed class FirewallPlanTests
{
    private static readonly string Prefix = FirewallPlan.Prefix("here", new ClusterId("00000000-0000-0000-0000-000000000001", "rg", "aks"));

    [Fact]
    public void Exposures_with_one_address_and_the_same_sources_share_a_rule_for_the_address_and_their_ports()
    {
        var plan = FirewallPlan.Make(
            Group(),
            Prefix,
            [Exposure("a", 9000), Exposure("b", 9001), Exposure("c", 9003), Exposure("d", 9000, "10.1.0.0/16")],
            isOnlyGuard: false
        );

        Assert.Equal(2, plan.Puts.Count);
        var open = plan.Puts.Single(rule => rule.Exposures.Count == 3).Body["properties"];
        Assert.Equal(
            """{"priority":500,"direction":"Inbound","access":"Allow","protocol":"Tcp","sourcePortRange":"*","""
                + "\"destinationAddressPrefix\":\"20.0.0.1\",\"destinationPortRanges\":"
                + """["9000-9001","9003"],"sourceAddressPrefix":"Internet"}""",
            open?.ToJsonString()
        );
        Assert.Equal(
            "10.1.0.0/16",
            plan.Puts.Single(rule => rule.Exposures.Count == 1).Body["properties"]?["sourceAddressPrefix"]?.GetValue<string>()
        );
    }

    [Fact]
    public void An_existing_rule_is_not_written_again_and_keeps_its_priority()
    {
        var first = Assert.Single(FirewallPlan.Make(Group(), Prefix, [Exposure("a", 9000)], isOnlyGuard: false).Puts);
        var there = Rule(first.Name, (JsonObject)first.Body.DeepClone());
        there["properties"]!["priority"] = 733; // Rule wrote it

        Assert.Empty(FirewallPlan.Make(Group(there), Prefix, [Exposure("a", 9000)], isOnlyGuard: false).Puts);
        var changed = Assert.Single(
            FirewallPlan.Make(Group(there), Prefix, [Exposure("a", 9000), Exposure("b", 9001)], isOnlyGuard: false).Puts
        );
        Assert.Equal((first.Name, 733), (changed.Name, SecurityRule.Priority(changed.Body)));
    }

    [Fact]
    public void An_unneeded_rule_is_deleted_and_rules_of_others_stay()
    {
        var first = Assert.Single(FirewallPlan.Make(Group(), Prefix, [Exposure("a", 9000)], isOnlyGuard: false).Puts);
        var other = Assert.Single(
            FirewallPlan
                .Make(
                    Group(),
                    FirewallPlan.Prefix("elsewhere", new ClusterId("00000000-0000-0000-0000-000000000001", "rg", "aks")),
                    [Exposure("a", 9000)],
                    isOnlyGuard: false
                )
                .Puts
        );

        Assert.Equal(
            [first.Name],
            FirewallPlan
                .Make(Group(Rule(first.Name, first.Body), Rule(other.Name, other.Body), Deny(600, "*")), Prefix, [], isOnlyGuard: false)
                .Deletes
        );
    }

    [Fact]
    public void A_priority_of_others_is_not_used() =>
        Assert.Equal(
            501,
            SecurityRule.Priority(
                Assert.Single(FirewallPlan.Make(Group(Deny(500, "22")), Prefix, [Exposure("a", 9000)], isOnlyGuard: false).Puts).Body
            )
        );

    [Theory]
    [InlineData(400, "*", "*", true)]
    [InlineData(400, "8000-9100", "Internet", true)]
    [InlineData(400, "9001", "*", false)]
    [InlineData(400, "*", "203.0.113.0/24", false)]
    [InlineData(4096, "*", "*", false)]
    public void A_rule_that_forbids_everything_before_ours_is_reported(int priority, string ports, string source, bool isConflict) =>
        Assert.Equal(
            isConflict,
            FirewallPlan
                .Make(Group(Deny(priority, ports, source)), Prefix, [Exposure("a", 9000)], isOnlyGuard: false)
                .Refused.ContainsKey("a")
        );

    [Fact]
    public void A_group_without_room_refuses_the_exposure()
    {
        var full = Group([.. Enumerable.Range(100, 1000).Select(priority => Deny(priority, "22"))]);

        Assert.Equal(Reasons.FirewallFull, FirewallPlan.Make(full, Prefix, [Exposure("a", 9000)], isOnlyGuard: false).Refused["a"].Reason);
    }

    [Fact]
    public void Sources_of_the_other_address_family_let_no_client_in() =>
        Assert.Equal(
            "127.0.0.1/32",
            Assert
                .Single(FirewallPlan.Make(Group(), Prefix, [Exposure("a", 9000, "2001:db8::/32")], isOnlyGuard: false).Puts)
                .Body["properties"]
                ?["sourceAddressPrefix"]?.GetValue<string>()
        );

    [Fact]
    public void If_only_the_group_restricts_sources_a_second_rule_denies_the_port_to_others()
    {
        var plan = FirewallPlan.Make(
            Group(Allow(501, "Internet")),
            Prefix,
            [Exposure("a", 9000, "10.1.0.0/16"), Exposure("b", 9001)],
            isOnlyGuard: true
        );

        var deny = Assert.Single(plan.Puts, rule => rule.Name.EndsWith("-others", StringComparison.Ordinal));
        Assert.Equal(
            """{"priority":503,"direction":"Inbound","access":"Deny","protocol":"Tcp","sourcePortRange":"*","""
                + "\"destinationAddressPrefix\":\"20.0.0.1\",\"destinationPortRanges\":"
                + """["9000"],"sourceAddressPrefix":"*"}""",
            deny.Body["properties"]?.ToJsonString()
        );
        Assert.Equal(502, SecurityRule.Priority(plan.Puts.Single(rule => rule.Name == deny.Name[..^"-others".Length]).Body));
    }

    [Fact]
    public void A_deny_rule_never_comes_before_its_allow_rule()
    {
        var first = FirewallPlan.Make(Group(), Prefix, [Exposure("a", 9000, "10.1.0.0/16")], isOnlyGuard: true).Puts;
        var (allow, deny) = (Rule(first[0].Name, first[0].Body), Rule(first[1].Name, first[1].Body));
        allow["properties"]!["priority"] = 700; // Rule wrote it

        var put = Assert.Single(
            FirewallPlan.Make(Group(allow, deny), Prefix, [Exposure("a", 9000, "10.1.0.0/16")], isOnlyGuard: true).Puts
        );

        Assert.Equal((first[1].Name, 701), (put.Name, SecurityRule.Priority(put.Body)));
    }

    [Fact]
    public void Two_exposures_on_one_port_with_other_sources_do_not_deny_each_other() =>
        Assert.DoesNotContain(
            FirewallPlan.Make(Group(), Prefix, [Exposure("a", 9000, "10.1.0.0/16"), Exposure("b", 9000)], isOnlyGuard: true).Puts,
            rule => rule.Body["properties"]?["access"]?.GetValue<string>() == "Deny"
        );

    [Theory]
    [InlineData(400, "Internet", "*", true)]
    [InlineData(400, "*", "9000", true)]
    [InlineData(400, "10.1.2.0/24", "*", false)]
    [InlineData(400, "10.0.0.0/8", "*", true)]
    [InlineData(400, "AzureLoadBalancer", "*", false)]
    [InlineData(400, "VirtualNetwork", "*", false)]
    [InlineData(400, "Internet", "22", false)]
    [InlineData(4000, "Internet", "*", false)]
    public void A_rule_that_lets_others_in_before_ours_keeps_them_out_is_reported(
        int priority,
        string source,
        string ports,
        bool isConflict
    )
    {
        var plan = FirewallPlan.Make(
            Group(Allow(priority, source, ports)),
            Prefix,
            [Exposure("a", 9000, "10.1.0.0/16")],
            isOnlyGuard: true
        );

        Assert.Equal(isConflict ? Reasons.FirewallConflict : null, plan.Refused.GetValueOrDefault("a")?.Reason);
        Assert.DoesNotContain(
            "a",
            FirewallPlan
                .Make(Group(Allow(priority, source, ports)), Prefix, [Exposure("a", 9000, "10.1.0.0/16")], isOnlyGuard: false)
                .Refused.Keys
        );
    }

    [Fact]
    public void Narrower_sources_wait_until_the_wider_rule_is_gone_and_the_new_one_is_in_effect()
    {
        var wide = Assert.Single(FirewallPlan.Make(Group(), Prefix, [Exposure("a", 9000)], isOnlyGuard: true).Puts);
        var there = Rule(wide.Name, wide.Body);
        var plan = FirewallPlan.Make(Group(there), Prefix, [Exposure("a", 9000, "10.1.0.0/16")], isOnlyGuard: true);
        Assert.Equal(wide.Name, plan.Narrowing["a"]);
        Assert.Equal([wide.Name], plan.Deletes);

        var narrow = plan.Puts.Select(rule => Rule(rule.Name, rule.Body)).ToArray();
        there["properties"]!["provisioningState"] = "Deleting"; // Rule wrote it
        var later = FirewallPlan.Make(Group([there, .. narrow]), Prefix, [Exposure("a", 9000, "10.1.0.0/16")], isOnlyGuard: true);
        Assert.Equal(wide.Name, later.Narrowing["a"]);
        Assert.Empty(later.Deletes); // Azure is deleting it already

        narrow[1]["properties"]!["provisioningState"] = "Updating"; // Rule wrote it
        Assert.Equal(
            narrow[1]["name"]?.GetValue<string>(),
            FirewallPlan.Make(Group(narrow), Prefix, [Exposure("a", 9000, "10.1.0.0/16")], isOnlyGuard: true).Narrowing["a"]
        );

        narrow[1]["properties"]!["provisioningState"] = "Succeeded"; // Rule wrote it
        Assert.Empty(FirewallPlan.Make(Group(narrow), Prefix, [Exposure("a", 9000, "10.1.0.0/16")], isOnlyGuard: true).Narrowing);
    }

    [Fact]
    public void A_rule_that_Azure_answers_in_another_order_and_spelling_is_not_written_again()
    {
        var first = Assert.Single(
            FirewallPlan
                .Make(
                    Group(),
                    Prefix,
                    [Exposure("a", 9000, "10.1.0.0/16", "10.2.0.0/16"), Exposure("b", 9005, "10.1.0.0/16", "10.2.0.0/16")],
                    isOnlyGuard: false
                )
                .Puts
        );
        var there = Rule(first.Name, first.Body);
        var properties = Assert.IsType<JsonObject>(there["properties"]);
        properties["protocol"] = "TCP";
        properties["sourceAddressPrefix"] = "";
        properties["sourceAddressPrefixes"] = new JsonArray("10.2.0.0/16", "10.1.0.0/16");
        properties["destinationPortRanges"] = new JsonArray("9005", "9000");

        Assert.Empty(
            FirewallPlan
                .Make(
                    Group(there),
                    Prefix,
                    [Exposure("a", 9000, "10.1.0.0/16", "10.2.0.0/16"), Exposure("b", 9005, "10.1.0.0/16", "10.2.0.0/16")],
                    isOnlyGuard: false
                )
                .Puts
        );
        properties["sourceAddressPrefixes"] = new JsonArray("10.2.0.0/16", "10.1.0.0/16", "10.9.0.0/16");
        Assert.Single(
            FirewallPlan
                .Make(
                    Group(there),
                    Prefix,
                    [Exposure("a", 9000, "10.1.0.0/16", "10.2.0.0/16"), Exposure("b", 9005, "10.1.0.0/16", "10.2.0.0/16")],
                    isOnlyGuard: false
                )
                .Puts
        );
    }

    private static NamedExposure Exposure(string name, int port, params string[] sources) =>
        new(
            name,
            1,
            new ExposureSpec
            {
                Port = port,
                AllowedSources = sources,
                Backends = [new BackendSpec(name, "default", port, 100)],
            }
        )
        {
            Status = new ResourceStatus { Addresses = [new GatewayAddress(GatewayKind.External, "20.0.0.1")] },
        };

    private static JsonObject Group(params JsonObject[] rules) =>
        new()
        {
            ["name"] = "nsg",
            ["properties"] = new JsonObject { ["securityRules"] = new JsonArray([.. rules.Select(rule => rule.DeepClone())]) },
        };

    private static JsonObject Rule(string name, JsonObject body) =>
        new() { ["name"] = name, ["properties"] = body["properties"]?.DeepClone() };

    private static JsonObject Deny(int priority, string ports, string source = "*") => Other("Deny", priority, ports, source);

    private static JsonObject Allow(int priority, string source, string ports = "*") => Other("Allow", priority, ports, source);

    private static JsonObject Other(string access, int priority, string ports, string source) =>
        new()
        {
            ["name"] = $"{access}-{priority}",
            ["properties"] = new JsonObject
            {
                ["priority"] = priority,
                ["direction"] = "Inbound",
                ["access"] = access,
                ["protocol"] = "*",
                ["sourcePortRange"] = "*",
                ["destinationPortRange"] = ports,
                ["sourceAddressPrefix"] = source,
                ["destinationAddressPrefix"] = "*",
            },
        };
}
