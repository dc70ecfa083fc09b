using System.Net.Http.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>
/// The security group of a subnet of others: MeshPort adds and deletes its rules, and rules of others stay as they are.
/// </summary>
public sealed class FirewallStories
{
    private const string Elsewhere = "networks";

    private static string Subnet => StoryHost.NetworkId("virtualNetworks/hub/subnets/nodes", Elsewhere);

    private static string Group => StoryHost.NetworkId("networkSecurityGroups/guard", Elsewhere);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rules_come_with_exposures_keep_their_priorities_and_go_with_them()
    {
        await using var host = await StoryHost.StartAsync(Token);
        await MakeNetworkAsync(host);
        await host.PutClusterAsync(Token, OnSubnet());
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);
        await host.SucceedAsync(
            await host.PutExposureAsync("two", MeshPortHost.Echo("two", 9001).AllowedFrom("127.0.0.1", "127.30.0.0/16"), Token),
            Token
        );
        var address = await host.AddressAsync(Token);
        Assert.Equal(
            ("hello jose", "hello jose"),
            (await Dialing.AskAsync(address, 9000, Token), await Dialing.AskAsync(address, 9001, Token))
        );
        var both = await RulesAsync(host);
        // 500 is the owner's rule. One rule of MeshPort denies 9001 to all others.
        Assert.Equal([500, 501, 502, 503], both.Select(Priority).Order());
        var theirs = both.Single(rule => Name(rule) == "ssh").ToJsonString();

        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("one"), Token), Token);
        await Wait.UntilAsync("a rule is gone", Walkthrough.Within, async () => (await RulesAsync(host)).Count == 3, Token);
        var left = await RulesAsync(host);
        Assert.All(left, rule => Assert.Equal(Priority(both.Single(one => Name(one) == Name(rule))), Priority(rule)));
        await StoryHost.UntilDialledAsync(address, 9000, Dialing.Refused, Token);

        await host.SucceedAsync(await host.PutExposureAsync("three", MeshPortHost.Echo("three", 9002), Token), Token);
        Assert.Equal([500, 501, 502, 503], (await RulesAsync(host)).Select(Priority).Order()); // the free priority is used again

        foreach (var name in new[] { "two", "three" })
        {
            await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure(name), Token), Token);
        }

        await Wait.UntilAsync("MeshPort's rules are gone", Walkthrough.Within, async () => (await RulesAsync(host)).Count == 1, Token);
        Assert.Equal(theirs, Assert.Single(await RulesAsync(host)).ToJsonString());
    }

    [Fact]
    public async Task A_new_range_is_open_except_for_the_port_of_somebody_else()
    {
        await using var host = await StoryHost.StartAsync(Token);
        await MakeNetworkAsync(host);
        await host.PutClusterAsync(Token, OnSubnet());
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9100), Token), Token);
        using var kubernetes = host.Kubernetes();
        await kubernetes.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch("""{"spec":{"ports":[{"name":"theirs","port":9001,"targetPort":9001}]}}""", V1Patch.PatchType.StrategicMergePatch),
            StoryHost.External,
            StoryHost.Ingress,
            fieldManager: "helm",
            cancellationToken: Token
        );
        var range = MeshPortHost.Echo("range", 9000);
        range.Remove("port");
        range["ports"] = new JsonArray("9000-9002");
        range["workload"]!["args"] = new JsonArray("9000,9001,9002", "hello"); // an echo has a workload

        await host.FailAsync(await host.PutExposureAsync("range", range, Token), Token);

        Assert.Equal(("False", "PortTaken"), await host.ConditionAsync(StoryHost.Exposure("range"), "PortOpen", Token));
        var address = await host.AddressAsync(Token);
        await StoryHost.UntilDialledAsync(address, 9000, "hello jose", Token);
        await StoryHost.UntilDialledAsync(address, 9002, "hello jose", Token);
        Assert.DoesNotContain(await RulesAsync(host), rule => rule.ToJsonString().Contains("9001", StringComparison.Ordinal));
        // The rule of the first exposure has got the ports of the second. Nobody has changed it.
        Assert.DoesNotContain(
            (await host.StatusAsync(StoryHost.Exposure("one"), Token)).GetProperty("history").EnumerateArray(),
            entry => entry.GetProperty("type").GetString() == "Repaired"
        );
    }

    [Fact]
    public async Task A_rule_of_others_that_denies_the_port_is_reported_and_keeps_its_precedence()
    {
        await using var host = await StoryHost.StartAsync(Token);
        await MakeNetworkAsync(host);
        await host.PutAzureAsync($"{Group}/securityRules/lockdown", Rule(200, "Deny", "9000-9100"), Token);
        await host.PutClusterAsync(Token, OnSubnet());

        var shut = await host.PutExposureAsync("shut", MeshPortHost.Echo("shut", 9000), Token);
        await host.SucceedAsync(await host.PutExposureAsync("open", MeshPortHost.Echo("open", 9200), Token), Token);
        await host.FailAsync(shut, Token);

        Assert.Equal(("False", "FirewallConflict"), await host.ConditionAsync(StoryHost.Exposure("shut"), "NetworkOpen", Token));
        Assert.Contains("lockdown", await host.MessageAsync(StoryHost.Exposure("shut"), "NetworkOpen", Token), StringComparison.Ordinal);
        var address = await host.AddressAsync(Token);
        Assert.Equal(
            (Dialing.Silent, "hello jose"),
            (await Dialing.AskAsync(address, 9000, Token), await Dialing.AskAsync(address, 9200, Token))
        );

        await host.PutAzureAsync($"{Group}/securityRules/lockdown", Rule(200, "Deny", "22"), Token);
        await host.ReconcileAsync(Token);
        await host.UntilConditionAsync(StoryHost.Exposure("shut"), "Ready", "True", "AsDesired", Token);
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9000, Token));
    }

    [Fact]
    public async Task A_rule_that_Azure_refuses_concerns_only_its_exposure()
    {
        await using var host = await StoryHost.StartAsync(Token);
        await MakeNetworkAsync(host);
        await host.PutClusterAsync(Token, OnSubnet());
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);
        var gone = MeshPortHost.Echo("gone", 9002).AllowedFrom("127.0.0.1", "127.40.0.0/16");
        await host.SucceedAsync(await host.PutExposureAsync("gone", gone, Token), Token);
        host.Sandbox.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Arm,
                Kind = FaultKind.Refused,
                Operation = "PUT *securityRules",
                Code = "RequestDisallowedByPolicy",
            }
        );

        var two = MeshPortHost.Echo("two", 9001).AllowedFrom("127.0.0.1", "127.30.0.0/16");
        await host.FailAsync(await host.PutExposureAsync("two", two, Token), Token);

        // Nothing would keep others out of the port, so it does not open.
        Assert.Equal(("False", "PolicyDenied"), await host.ConditionAsync(StoryHost.Exposure("two"), "PortOpen", Token));
        Assert.Equal(Dialing.Refused, await Dialing.AskAsync(await host.AddressAsync("one", Token), 9001, Token));
        Assert.Equal(("True", "AsDesired"), await host.ConditionAsync(StoryHost.Exposure("one"), "Ready", Token));

        await host.DeleteAsync(StoryHost.Exposure("gone"), Token);
        await Wait.UntilAsync("the rules of the deleted exposure are gone", Walkthrough.Within, HasNoRuleFor9002Async, Token);

        host.Sandbox.World.Faults.Clear();
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        await host.UntilConditionAsync(StoryHost.Exposure("two"), "Ready", "True", "AsDesired", Token);

        async Task<bool> HasNoRuleFor9002Async() =>
            (await RulesAsync(host)).All(rule => !rule.ToJsonString().Contains("9002", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_security_group_that_the_subnet_lost_restricts_nobody()
    {
        await using var host = await StoryHost.StartAsync(Token);
        await MakeNetworkAsync(host);
        await host.PutClusterAsync(Token, OnSubnet());
        var exposure = StoryHost.Exposure("one");
        var one = MeshPortHost.Echo("one", 9000).AllowedFrom("127.30.0.0/16", "127.0.0.1");
        await host.SucceedAsync(await host.PutExposureAsync("one", one, Token), Token);
        var address = await host.AddressAsync(Token);
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9000, Token));

        var subnet = await host.FindAzureAsync(Subnet, Token) ?? throw new InvalidOperationException("The subnet is missing.");
        var guarded = new JsonObject { ["properties"] = subnet["properties"]?.DeepClone() };
        subnet["properties"]?.AsObject().Remove("networkSecurityGroup");
        await host.PutAzureAsync(Subnet, new JsonObject { ["properties"] = subnet["properties"]?.DeepClone() }, Token);
        await host.FailAsync(await host.ReconcileAsync(Token), Token);

        Assert.Equal(("False", "NetworkConflict"), await host.ConditionAsync(MeshPortHost.Cluster, "NetworkReady", Token));
        Assert.Equal(("False", "SourcesNotRestrictable"), await host.ConditionAsync(exposure, "RouteProgrammed", Token));
        Assert.Equal(("False", "SourcesNotRestrictable"), await host.ConditionAsync(exposure, "Ready", Token));
        Assert.Equal(Dialing.Refused, await Dialing.AskAsync(address, 9000, Token));

        await host.PutAzureAsync(Subnet, guarded, Token);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        await StoryHost.UntilDialledAsync(address, 9000, "hello jose", Token);
    }

    [Fact]
    public async Task A_rule_of_others_that_allows_more_than_allowedSources_is_reported()
    {
        await using var host = await StoryHost.StartAsync(Token);
        await MakeNetworkAsync(host);
        await host.PutAzureAsync($"{Group}/securityRules/everybody", Rule(200, "Allow", "9000-9100"), Token);
        await host.PutClusterAsync(Token, OnSubnet());

        var loose = await host.PutExposureAsync("loose", MeshPortHost.Echo("loose", 9000).AllowedFrom("127.30.0.0/16"), Token);
        await host.SucceedAsync(await host.PutExposureAsync("open", MeshPortHost.Echo("open", 9001), Token), Token);
        await host.FailAsync(loose, Token);

        Assert.Equal(("False", "FirewallConflict"), await host.ConditionAsync(StoryHost.Exposure("loose"), "NetworkOpen", Token));
        Assert.Contains(
            "Rule everybody",
            await host.MessageAsync(StoryHost.Exposure("loose"), "NetworkOpen", Token),
            StringComparison.Ordinal
        );

        await Wait.UntilAsync(
            "no rule is being written",
            Walkthrough.Within,
            async () => (await RulesAsync(host)).All(rule => rule["properties"]?["provisioningState"]?.GetValue<string>() == "Succeeded"),
            Token
        );
        await host.PutAzureAsync($"{Group}/securityRules/everybody", Rule(4000, "Allow", "9000-9100"), Token); // after MeshPort's rules
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        await host.UntilConditionAsync(StoryHost.Exposure("loose"), "NetworkOpen", "True", "AsDesired", Token);
        // Only 127.30.0.0/16 may use 9000.
        Assert.Equal(Dialing.Silent, await Dialing.AskAsync(await host.AddressAsync(Token), 9000, Token, "127.40.1.2"));
    }

    [Fact]
    public async Task Removing_the_cluster_leaves_the_network_as_it_was_found()
    {
        await using var host = await StoryHost.StartAsync(Token);
        await MakeNetworkAsync(host);
        await host.PutClusterAsync(Token, OnSubnet());
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);

        await host.SucceedAsync(await host.DeleteAsync(MeshPortHost.Cluster, Token), Token);

        Assert.NotNull(await host.FindAzureAsync(Subnet, Token));
        Assert.Equal("ssh", Name(Assert.Single(await RulesAsync(host))));
    }

    [Theory]
    [InlineData(Elsewhere)]
    [InlineData("security")]
    public async Task An_event_of_a_network_in_another_resource_group_starts_a_convergence(string home)
    {
        var group = StoryHost.NetworkId("networkSecurityGroups/guard", home);
        await using var host = await StoryHost.StartAsync(Token);
        await MakeNetworkAsync(host, home);
        await host.PutClusterAsync(Token, OnSubnet());
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);
        var rule = Name(Assert.Single(await RulesAsync(host, group), rule => Name(rule) != "ssh"));
        await host.DeleteAzureAsync($"{group}/securityRules/{rule}", Token);
        await StoryHost.UntilDialledAsync(await host.AddressAsync(Token), 9000, Dialing.Silent, Token);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/runtime/webhooks/EventGrid?functionName=ClusterEvents")
        {
            Content = new StringContent(
                $$"""
                [{"id":"deleted","subject":"{{group}}/securityRules/{{rule}}","eventType":"Microsoft.Resources.ResourceDeleteSuccess",
                  "eventTime":"2026-07-19T18:38:04Z","dataVersion":"2","metadataVersion":"1",
                  "topic":"/subscriptions/{{MeshPortHost.Id.SubscriptionId}}",
                  "data":{"resourceUri":"{{group}}/securityRules/{{rule}}",
                  "operationName":"Microsoft.Network/networkSecurityGroups/securityRules/delete","status":"Succeeded"} }]
                """,
                System.Text.Encoding.UTF8,
                "application/json"
            ),
        };
        request.Headers.Add("aeg-event-type", "Notification");
        using var answer = await host.Client.SendAsync(request, Token);

        Assert.Equal(System.Net.HttpStatusCode.Accepted, answer.StatusCode);
        await StoryHost.UntilDialledAsync(await host.AddressAsync(Token), 9000, "hello jose", Token);
    }

    [Fact]
    public async Task A_dry_run_lists_the_rules_to_write_and_delete_and_writes_nothing()
    {
        await using var host = await StoryHost.StartAsync(Token);
        await MakeNetworkAsync(host);
        await host.PutClusterAsync(Token, OnSubnet());
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);
        var writes = (host.Sandbox.Traffic.ArmWrites, host.Sandbox.Traffic.KubernetesWrites);

        var puts = await PlanAsync(
            host,
            HttpMethod.Put,
            StoryHost.Exposure("two"),
            MeshPortHost.Echo("two", 9005).AllowedFrom("127.30.0.0/16")
        );
        Assert.Equal(2, puts.Count);
        Assert.All(puts, put => Assert.Equal("create", put["action"]?.GetValue<string>()));
        Assert.All(puts, put => Assert.Contains("9005", put["diff"]?.ToJsonString(), StringComparison.Ordinal));
        Assert.Contains("keeps others out", puts[1]["why"]?.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(
            "update",
            Assert
                .Single(await PlanAsync(host, HttpMethod.Put, StoryHost.Exposure("one"), MeshPortHost.Echo("one", 9005)))["action"]
                ?.GetValue<string>()
        );
        Assert.Equal(
            "none",
            Assert
                .Single(await PlanAsync(host, HttpMethod.Put, StoryHost.Exposure("one"), MeshPortHost.Echo("one", 9000)))["action"]
                ?.GetValue<string>()
        );
        Assert.Equal(
            "none",
            Assert.Single(await PlanAsync(host, HttpMethod.Put, MeshPortHost.Cluster, OnSubnet()))["action"]?.GetValue<string>()
        );
        Assert.Equal(
            "delete",
            Assert.Single(await PlanAsync(host, HttpMethod.Delete, StoryHost.Exposure("one"), null))["action"]?.GetValue<string>()
        );
        Assert.Equal(
            "delete",
            Assert.Single(await PlanAsync(host, HttpMethod.Delete, MeshPortHost.Cluster, null))["action"]?.GetValue<string>()
        );

        Assert.Equal(writes, (host.Sandbox.Traffic.ArmWrites, host.Sandbox.Traffic.KubernetesWrites));
        Assert.Equal(2, (await RulesAsync(host)).Count);
    }

    /// <summary>The changes of the security group and its rules in a dry run.</summary>
    private static async Task<IReadOnlyList<JsonObject>> PlanAsync(MeshPortHost host, HttpMethod method, string path, JsonObject? spec)
    {
        using var request = new HttpRequestMessage(method, $"{path}?dryRun=true")
        {
            Content = spec is null ? null : JsonContent.Create(new { spec }),
        };
        using var answer = await host.Client.SendAsync(request, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, text);
        return
        [
            .. (JsonNode.Parse(text)?["changes"] as JsonArray ?? [])
                .OfType<JsonObject>()
                .Where(change => change["target"]?.GetValue<string>().Contains("networkSecurityGroups", StringComparison.Ordinal) == true),
        ];
    }

    /// <param name="home">The resource group of the security group.</param>
    private static async Task MakeNetworkAsync(MeshPortHost host, string home = Elsewhere)
    {
        var group = StoryHost.NetworkId("networkSecurityGroups/guard", home);
        foreach (var place in new[] { Elsewhere, home }.Distinct())
        {
            await host.PutAzureAsync(
                $"/subscriptions/{MeshPortHost.Id.SubscriptionId}/resourceGroups/{place}",
                new JsonObject { ["location"] = "eastus2" },
                Token
            );
        }

        await host.PutAzureAsync(group, new JsonObject { ["location"] = "eastus2", ["properties"] = new JsonObject() }, Token);
        await host.PutAzureAsync($"{group}/securityRules/ssh", Rule(500, "Allow", "22"), Token);
        await host.PutAzureAsync(
            StoryHost.NetworkId("virtualNetworks/hub", Elsewhere),
            Assert.IsType<JsonObject>(
                JsonNode.Parse(
                    $$"""
                    {"location":"eastus2","properties":{"addressSpace":{"addressPrefixes":["10.77.0.0/16"]},
                     "subnets":[{"name":"nodes","properties":{"addressPrefix":"10.77.1.0/24",
                     "networkSecurityGroup":{"id":"{{group}}"} } }]} }
                    """
                )
            ),
            Token
        );
    }

    private static JsonObject Rule(int priority, string access, string ports) =>
        Assert.IsType<JsonObject>(
            JsonNode.Parse(
                $$"""
                {"properties":{"priority":{{priority}},"direction":"Inbound","access":"{{access}}","protocol":"Tcp",
                "sourceAddressPrefix":"*","sourcePortRange":"*","destinationAddressPrefix":"*","destinationPortRange":"{{ports}}"} }
                """
            )
        );

    private static JsonObject OnSubnet()
    {
        var spec = StoryHost.ClusterSpec();
        spec["network"] = new JsonObject { ["subnetId"] = Subnet, ["networkSecurityGroup"] = "guard" };
        return spec;
    }

    private static async Task<IReadOnlyList<JsonObject>> RulesAsync(MeshPortHost host, string? group = null) =>
        [.. ((await host.FindAzureAsync(group ?? Group, Token))?["properties"]?["securityRules"] as JsonArray ?? []).OfType<JsonObject>()];

    private static int Priority(JsonObject rule) => rule["properties"]?["priority"]?.GetValue<int>() ?? 0;

    private static string Name(JsonObject rule) => rule["name"]?.GetValue<string>() ?? "";
}
