using System.Text.Json.Nodes;
using MeshPort.Clusters;
using MeshPort.Exposures;
using MeshPort.Network;
using Xunit;

namespace MeshPort.Functions.Tests.Network;

public sealed class FirewallPlanTests
{
    private static readonly string Prefix = FirewallPlan.Prefix("here", new ClusterId("00000000-0000-0000-0000-000000000001", "rg", "aks"));

    [Fact]
    public void Exposures_with_one_address_and_the_same_sources_share_a_rule_for_the_address_and_their_ports()
    {
        var plan = FirewallPlan.Make(Group(), Prefix, [Exposure("a", 9000), Exposure("b", 9001), Exposure("c", 9003), Exposure("d", 9000, "10.1.0.0/16")]);

        Assert.Equal(2, plan.Puts.Count);
        var open = plan.Puts.Single(rule => rule.Exposures.Count == 3).Body["properties"];
        Assert.Equal(
            """{"priority":500,"direction":"Inbound","access":"Allow","protocol":"Tcp","sourcePortRange":"*","destinationAddressPrefix":"20.0.0.1","destinationPortRanges":["9000-9001","9003"],"sourceAddressPrefix":"Internet"}""",
            open?.ToJsonString());
        Assert.Equal("10.1.0.0/16", plan.Puts.Single(rule => rule.Exposures.Count == 1).Body["properties"]?["sourceAddressPrefix"]?.GetValue<string>());
    }

    [Fact]
    public void What_is_there_is_not_written_again_and_keeps_its_priority()
    {
        var first = Assert.Single(FirewallPlan.Make(Group(), Prefix, [Exposure("a", 9000)]).Puts);
        var there = Rule(first.Name, (JsonObject)first.Body.DeepClone());
        there["properties"]!["priority"] = 733; // Rule wrote it

        Assert.Empty(FirewallPlan.Make(Group(there), Prefix, [Exposure("a", 9000)]).Puts);
        var changed = Assert.Single(FirewallPlan.Make(Group(there), Prefix, [Exposure("a", 9000), Exposure("b", 9001)]).Puts);
        Assert.Equal((first.Name, 733), (changed.Name, SecurityRule.Priority(changed.Body)));
    }

    [Fact]
    public void A_rule_that_nothing_wants_goes_and_those_of_others_stay()
    {
        var first = Assert.Single(FirewallPlan.Make(Group(), Prefix, [Exposure("a", 9000)]).Puts);
        var other = Assert.Single(FirewallPlan.Make(Group(), FirewallPlan.Prefix("elsewhere", new ClusterId("00000000-0000-0000-0000-000000000001", "rg", "aks")), [Exposure("a", 9000)]).Puts);

        Assert.Equal([first.Name], FirewallPlan.Make(Group(Rule(first.Name, first.Body), Rule(other.Name, other.Body), Deny(600, "*")), Prefix, []).Deletes);
    }

    [Fact]
    public void A_priority_that_somebody_has_is_not_taken() =>
        Assert.Equal(501, SecurityRule.Priority(Assert.Single(FirewallPlan.Make(Group(Deny(500, "22")), Prefix, [Exposure("a", 9000)]).Puts).Body));

    [Theory]
    [InlineData(400, "*", "*", true)]
    [InlineData(400, "8000-9100", "Internet", true)]
    [InlineData(400, "9001", "*", false)]
    [InlineData(400, "*", "203.0.113.0/24", false)]
    [InlineData(4096, "*", "*", false)]
    public void A_rule_that_forbids_everything_before_ours_is_reported(int priority, string ports, string source, bool isConflict) =>
        Assert.Equal(isConflict, FirewallPlan.Make(Group(Deny(priority, ports, source)), Prefix, [Exposure("a", 9000)]).Refused.ContainsKey("a"));

    [Fact]
    public void A_group_without_room_refuses_the_exposure()
    {
        var full = Group([.. Enumerable.Range(100, 1000).Select(priority => Deny(priority, "22"))]);

        Assert.Equal(Reasons.FirewallFull, FirewallPlan.Make(full, Prefix, [Exposure("a", 9000)]).Refused["a"].Reason);
    }

    [Fact]
    public void Sources_of_the_other_family_let_nobody_in_rather_than_everybody() =>
        Assert.Equal("127.0.0.1/32", Assert.Single(FirewallPlan.Make(Group(), Prefix, [Exposure("a", 9000, "2001:db8::/32")]).Puts).Body["properties"]?["sourceAddressPrefix"]?.GetValue<string>());

    private static NamedExposure Exposure(string name, int port, params string[] sources) =>
        new(name, 1, new ExposureSpec { Port = port, AllowedSources = sources, Backends = [new BackendSpec(name, "default", port, 100)] })
        {
            Status = new ResourceStatus { Addresses = [new GatewayAddress(GatewayKind.External, "20.0.0.1")] },
        };

    private static JsonObject Group(params JsonObject[] rules) => new() { ["name"] = "nsg", ["properties"] = new JsonObject { ["securityRules"] = new JsonArray([.. rules.Select(rule => rule.DeepClone())]) } };

    private static JsonObject Rule(string name, JsonObject body) => new() { ["name"] = name, ["properties"] = body["properties"]?.DeepClone() };

    private static JsonObject Deny(int priority, string ports, string source = "*") => new()
    {
        ["name"] = $"deny-{priority}",
        ["properties"] = new JsonObject
        {
            ["priority"] = priority,
            ["direction"] = "Inbound",
            ["access"] = "Deny",
            ["protocol"] = "*",
            ["sourcePortRange"] = "*",
            ["destinationPortRange"] = ports,
            ["sourceAddressPrefix"] = source,
            ["destinationAddressPrefix"] = "*",
        },
    };
}
