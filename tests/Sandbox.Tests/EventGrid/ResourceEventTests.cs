using System.Text.Json.Nodes;
using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.Tests.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.EventGrid;

/// <summary>Which requests raise which events.</summary>
public sealed class ResourceEventTests(ArmFixture arm) : IClassFixture<ArmFixture>
{
    private const string OfClusters = """
        {"filter":{"advancedFilters":[{"operatorType":"StringIn","key":"data.resourceProvider",
        "values":["Microsoft.ContainerService"]}]}}
        """;

    [Fact]
    public async Task Events_of_changes_contain_the_request_and_those_of_creations_do_not()
    {
        await using var hook = await WebHook.StartAsync();
        await SubscribeAsync("changes", hook, Grid.NetworksOnly);
        await Grid.PutNetworkAsync(arm.Clients, "changes", "n1");
        await ArmFixture.QuietAsync(arm.Sandbox);
        var path = ArmFixture.NetworkPath("changes", "virtualNetworks", "n1");

        await arm.SendAsync(
            "PUT",
            path,
            """{"location":"eastus2","properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/15"]}}}""",
            ("x-ms-client-request-id", "mine-1")
        );
        await ArmFixture.QuietAsync(arm.Sandbox);
        await arm.SendAsync("DELETE", path);
        var events = await hook.EventsAsync(3);

        Assert.Equal(
            [
                "Microsoft.Resources.ResourceWriteSuccess",
                "Microsoft.Resources.ResourceWriteSuccess",
                "Microsoft.Resources.ResourceDeleteSuccess",
            ],
            events.Select(one => $"{one["eventType"]}")
        );
        Assert.Equal(
            [
                "Microsoft.Network/virtualNetworks/write",
                "Microsoft.Network/virtualNetworks/write",
                "Microsoft.Network/virtualNetworks/delete",
            ],
            events.Select(one => $"{one["data"]!["authorization"]!["action"]}")
        );
        Assert.Null(events[0]["data"]!["httpRequest"]);
        var request = events[1]["data"]!["httpRequest"]!;
        Assert.Equal(
            ("mine-1", "PUT", "127.0.0.1", new Uri(arm.Sandbox.ResourceManagerEndpoint, path).ToString()),
            ($"{request["clientRequestId"]}", $"{request["method"]}", $"{request["clientIpAddress"]}", $"{request["url"]}")
        );
        Assert.Equal("DELETE", $"{events[2]["data"]!["httpRequest"]!["method"]}");
        Assert.Equal(3, events.Select(one => $"{one["id"]}").Distinct().Count());
    }

    [Fact]
    public async Task A_POST_raises_only_an_action_event_and_a_read_raises_none()
    {
        await using var hook = await WebHook.StartAsync();
        await CreateClusterAsync("actions");
        await SubscribeAsync("actions", hook, OfClusters);

        await arm.SendAsync("GET", ArmFixture.ClusterPath("actions", "c1"));
        await arm.SendAsync("POST", ArmFixture.ClusterPath("actions", "c1", "/listClusterUserCredential"));
        await arm.SendAsync("POST", ArmFixture.ClusterPath("actions", "c1", "/stop"));
        var events = await hook.EventsAsync(2);

        Assert.Equal(
            [
                "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
                "Microsoft.ContainerService/managedClusters/stop/action",
            ],
            events.Select(one => $"{one["data"]!["operationName"]}")
        );
        Assert.All(
            events,
            one =>
                Assert.Equal(
                    ("Microsoft.Resources.ResourceActionSuccess", SandboxClients.ClusterId("actions", "c1").ToString()),
                    ($"{one["eventType"]}", $"{one["subject"]}")
                )
        );
    }

    [Fact]
    public async Task A_refused_request_and_an_operation_that_fails_are_failures()
    {
        await using var hook = await WebHook.StartAsync();
        await CreateClusterAsync("failures");
        await SubscribeAsync("failures", hook, OfClusters);

        var refused = await arm.SendAsync("POST", ArmFixture.ClusterPath("failures", "c1", "/start")); // it runs already
        var rule = arm.Sandbox.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.OperationFails,
                Layer = FaultLayer.Arm,
                Target = "failures",
                Operation = "* managedClusters",
            }
        );
        await arm.SendAsync("DELETE", ArmFixture.ClusterPath("failures", "c1"));
        var events = await hook.EventsAsync(2);
        arm.Sandbox.World.Faults.Remove(rule.Id);

        Assert.Equal(400, refused.Status);
        Assert.Equal(
            ["Microsoft.Resources.ResourceActionFailure Failed", "Microsoft.Resources.ResourceDeleteFailure Failed"],
            events.Select(one => $"{one["eventType"]} {one["data"]!["status"]}")
        );
    }

    [Fact]
    public async Task An_aborted_operation_raises_a_cancel_event()
    {
        await using var hook = await WebHook.StartAsync();
        await CreateClusterAsync("aborted");
        await SubscribeAsync("aborted", hook, OfClusters);

        arm.Sandbox.Clock.Hold(); // keeps the operation running
        await arm.SendAsync("POST", ArmFixture.ClusterPath("aborted", "c1", "/stop"));
        var (status, body, _) = await arm.SendAsync("POST", ArmFixture.ClusterPath("aborted", "c1", "/abort"));
        arm.Sandbox.Clock.Resume();
        Assert.True(status == 202, body.ToJsonString());
        var events = await hook.EventsAsync(2);

        Assert.Equal(
            ["abort/action Success", "stop/action Cancel"],
            events
                .Select(one =>
                    $"{one["data"]!["operationName"]}"["Microsoft.ContainerService/managedClusters/".Length..]
                    + " "
                    + $"{one["eventType"]}"["Microsoft.Resources.ResourceAction".Length..]
                )
                .Order()
        );
    }

    [Fact]
    public async Task Deleting_a_group_raises_one_event_for_each_resource()
    {
        await using var hook = await WebHook.StartAsync();
        await CreateClusterAsync("emptied");
        await Grid.PutNetworkAsync(arm.Clients, "emptied", "n1");
        await arm.SendAsync(
            "PUT",
            ArmFixture.NetworkPath("emptied", "virtualNetworks/n1/subnets", "s1"),
            """{"properties":{"addressPrefix":"10.0.1.0/24"}}"""
        );
        await ArmFixture.QuietAsync(arm.Sandbox);
        var subscription = $"/subscriptions/{SandboxClients.Subscription}";
        await Grid.SubscribeAsync(
            arm.Clients,
            subscription,
            "emptied",
            hook.Url,
            $$$"""{"filter":{"subjectBeginsWith":"{{{Grid.Group("emptied")}}}"}}"""
        );

        var (status, _, _) = await arm.SendAsync("DELETE", $"{Grid.Group("emptied")}?api-version=2022-09-01");
        var events = await hook.EventsAsync(3);
        await Wait.UntilAsync(() => arm.Sandbox.Events.Waiting == 0, TestContext.Current.CancellationToken);

        Assert.Equal(202, status);
        Assert.All(hook.Events, one => Assert.Equal("Microsoft.Resources.ResourceDeleteSuccess", $"{one["eventType"]}"));
        Assert.Equal(
            [
                "Microsoft.ContainerService/managedClusters/delete c1",
                "Microsoft.Network/virtualNetworks/delete n1",
                "Microsoft.Resources/subscriptions/resourceGroups/delete emptied",
            ],
            hook.Events.Select(one => $"{one["data"]!["operationName"]} {$"{one["subject"]}".Split('/')[^1]}").Order(StringComparer.Ordinal)
        );
        Assert.EndsWith("/emptied", $"{hook.Events[^1]["subject"]}", StringComparison.Ordinal); // the group comes last
        Assert.Equal(3, events.Select(one => $"{one["id"]}").Distinct().Count());
        Assert.Single(events.Select(one => $"{one["data"]!["correlationId"]}").Distinct());
        Assert.All(events, one => Assert.Equal($"{one["subject"]}", $"{one["data"]!["authorization"]!["scope"]}"));
        await arm.SendAsync("DELETE", Grid.Path(subscription, "emptied"));
    }

    [Fact]
    public async Task Upgrading_a_node_pool_raises_its_rolling_events()
    {
        await using var hook = await WebHook.StartAsync();
        var steps = await CreateClusterAsync("rolled", "1.34.3");
        await Grid.SubscribeAsync(arm.Clients, steps.Id, "mine", hook.Url);

        await steps.ChangedAsync(properties => properties["kubernetesVersion"] = "1.34.4");
        Assert.Empty(hook.Deliveries); // only the control plane
        await steps.DoneAsync("PUT", "/agentPools/nodepool1", 200, """{"properties":{"count":3}}""");
        Assert.Empty(hook.Deliveries); // the same version
        var rolling = await steps.SendAsync(
            "PUT",
            "/agentPools/nodepool1",
            """{"properties":{"count":3,"orchestratorVersion":"1.34.4"}}"""
        );
        Assert.True(rolling.Status == 200, rolling.Body.ToJsonString());

        var events = await hook.EventsAsync(2);
        Assert.Equal(["NodePoolRollingStarted nodepool1 c1", "NodePoolRollingSucceeded nodepool1 c1"], events.Select(Rolling));
        Assert.True(
            DateTimeOffset.Parse($"{events[1]["eventTime"]}", null) - DateTimeOffset.Parse($"{events[0]["eventTime"]}", null)
                >= TimeSpan.FromMinutes(5)
        ); // the operation's time
    }

    [Fact]
    public async Task Upgrading_a_cluster_raises_rolling_events_for_its_pools_that_end_with_its_result()
    {
        await using var hook = await WebHook.StartAsync();
        var steps = await CreateClusterAsync("rolledback", "1.34.3");
        await Grid.SubscribeAsync(arm.Clients, steps.Id, "mine", hook.Url);
        var rule = arm.Sandbox.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.OperationFails,
                Layer = FaultLayer.Arm,
                Target = "rolledback",
                Operation = "* managedClusters",
            }
        );

        await steps.ChangeAsync(properties =>
        {
            properties["kubernetesVersion"] = "1.34.4";
            properties["agentPoolProfiles"]![0]!["orchestratorVersion"] = "1.34.4";
        });
        var events = await hook.EventsAsync(2);
        arm.Sandbox.World.Faults.Remove(rule.Id);

        Assert.Equal(["NodePoolRollingStarted nodepool1 c1", "NodePoolRollingFailed nodepool1 c1"], events.Select(Rolling));
    }

    private static string Rolling(JsonObject one) =>
        $"{$"{one["eventType"]}".Split('.')[^1]} {one["data"]!["nodePoolName"]} {one["subject"]}";

    private async Task<ClusterSteps> CreateClusterAsync(string group, string? version = null)
    {
        var steps = new ClusterSteps(arm, group);
        await steps.CreateAsync(body => body["properties"]!["kubernetesVersion"] = version);
        return steps;
    }

    private async Task SubscribeAsync(string group, WebHook hook, string properties)
    {
        await arm.Clients.GroupAsync(group, TestContext.Current.CancellationToken);
        await Grid.SubscribeAsync(arm.Clients, Grid.Group(group), "mine", hook.Url, properties);
    }
}
