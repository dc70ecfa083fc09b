using System.Net.Http.Json;
using System.Text.Json.Nodes;
using k8s;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Model;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Options of a cluster that change what MeshPort must do around it.</summary>
public sealed class ClusterOptionStories
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Authorized_ranges_without_MeshPorts_address_are_reported_before_and_after_the_change()
    {
        await using var room = await FailureRoom.ReadyAsync();
        var locked = Access("""{"authorizedIpRanges":["203.0.113.0/24"]}""");

        Assert.Contains(await PlanAsync(room, locked), line => line.StartsWith("update", StringComparison.Ordinal));
        Assert.Contains(await PlanAsync(room, locked), line => line.Contains("lack 127.0.0.1/32", StringComparison.Ordinal));
        await room.AskClusterAsync(locked);
        await room.SeesAsync(ConditionTypes.MeshReady, ConditionStatus.Unknown, Reasons.ApiServerUnreachable, "access.authorizedIpRanges");
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.True, Reasons.AsDesired, "lack 127.0.0.1/32");

        await room.AskClusterAsync(Access("""{"authorizedIpRanges":["203.0.113.0/24","127.0.0.0/8"]}"""));
        await room.HealsAsync(ConditionTypes.MeshReady);
        Assert.Equal(["127.0.0.0/8", "203.0.113.0/24"], await RangesAsync(room));
        Assert.DoesNotContain("lack", await room.MessageAsync(ConditionTypes.ClusterReady), StringComparison.Ordinal);

        await room.Host.SucceedAsync(await room.Host.PutClusterAsync(Token, MeshPortHost.ClusterSpec()), Token);
        Assert.Equal(2, (await RangesAsync(room)).Count); // the spec leaves them open

        await room.Host.SucceedAsync(await room.Host.PutClusterAsync(Token, Access("""{"authorizedIpRanges":[]}""")), Token);
        Assert.Empty(await RangesAsync(room));
        await IsIdleAsync(room);
    }

    [Fact]
    public async Task A_private_cluster_is_announced_and_reported_while_MeshPort_has_no_path_to_it()
    {
        await using var room = await FailureRoom.StartAsync();
        var spec = Access("""{"privateCluster":true}""");

        Assert.Contains(await PlanAsync(room, spec), line => line.Contains("private address only", StringComparison.Ordinal));
        await room.AskClusterAsync(spec);
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.Unknown, Reasons.ClusterCreating, "private address only");
        await room.SeesAsync(ConditionTypes.MeshReady, ConditionStatus.Unknown, Reasons.ApiServerUnreachable, "The cluster is private");
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.True, Reasons.AsDesired, "");

        await room.AskClusterAsync(Access("""{"privateCluster":true,"privateDnsZone":"none"}"""));
        await Wait.UntilAsync(
            "the cluster has no private DNS zone",
            Walkthrough.Within,
            async () =>
                $"{Properties(await room.Azure.GetAsync(OtherAzureUser.Cluster))["apiServerAccessProfile"]?["privateDNSZone"]}" == "none",
            Token
        );
        await room.AskClusterAsync(Access("""{"privateCluster":false}"""));
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.ClusterDiffers, "The API server is private");
    }

    [Fact]
    public async Task A_cluster_leaves_by_the_route_table_of_its_subnet_with_an_identity_of_its_own()
    {
        await using var room = await FailureRoom.StartAsync();
        var vnet = OtherAzureUser.Network("virtualNetworks", "theirs");
        var table = OtherAzureUser.Network("routeTables", "out");
        var identity = $"{OtherAzureUser.Group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes";
        await room.Azure.PutAsync(OtherAzureUser.Group, Parse("""{"location":"eastus2"}"""));
        await room.Azure.PutAsync(
            vnet,
            Parse(
                """{"location":"eastus2","properties":{"addressSpace":{"addressPrefixes":["10.20.0.0/16"]},"subnets":["""
                    + """{"name":"nodes","properties":{"addressPrefix":"10.20.0.0/24"}}]}}"""
            )
        );
        var spec = FailureRoom.ClusterWith("network", new JsonObject { ["subnetId"] = $"{vnet}/subnets/nodes" });
        (spec["outboundType"], spec["identity"]) = ("userDefinedRouting", identity);

        await room.AskClusterAsync(spec);
        await room.AskExposureAsync();
        await room.SeesAsync(ConditionTypes.NetworkReady, ConditionStatus.False, Reasons.NetworkConflict, "has no route table");
        await room.Azure.PutAsync(
            table,
            Parse(
                """{"location":"eastus2","properties":{"routes":[{"name":"default","properties":{"addressPrefix":"0.0.0.0/0","""
                    + """ "nextHopType":"VirtualAppliance","nextHopIpAddress":"10.20.9.4"}}]}}"""
            )
        );
        await room.Azure.ChangeAsync(
            $"{vnet}/subnets/nodes",
            subnet => Properties(subnet)["routeTable"] = new JsonObject { ["id"] = table }
        );
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.AzureRefused, "userAssignedIdentities/nodes");

        await room.Azure.PutAsync(identity, Parse("""{"location":"eastus2"}"""));
        await room.HealsAsync(ConditionTypes.ClusterReady);
        var principal = (await room.Azure.GetAsync(identity))["properties"]?["principalId"]?.GetValue<string>();
        var cluster = await room.Azure.GetAsync(OtherAzureUser.Cluster);
        Assert.Equal("userDefinedRouting", cluster["properties"]?["networkProfile"]?["outboundType"]?.GetValue<string>());
        Assert.Equal("UserAssigned", cluster["identity"]?["type"]?.GetValue<string>());
        var given = await room.Azure.GetAsync($"{vnet}/subnets/nodes/providers/Microsoft.Authorization/roleAssignments");
        Assert.Equal(
            [principal],
            (given["value"] as JsonArray ?? []).Select(one => one?["properties"]?["principalId"]?.GetValue<string>())
        );
        await IsIdleAsync(room);
    }

    [Fact]
    public async Task A_cluster_in_a_network_of_AKS_changes_to_a_NAT_gateway_and_back()
    {
        var managed = FailureRoom.ClusterWith("outboundType", "managedNATGateway");
        managed.Remove("network");
        await using var room = await FailureRoom.ReadyAsync(managed);
        Assert.NotNull((await NetworkAsync(room))?["natGatewayProfile"]?["effectiveOutboundIPs"]);

        var balanced = managed.DeepClone().AsObject();
        balanced["outboundType"] = "loadBalancer";
        await room.Host.SucceedAsync(await room.Host.PutClusterAsync(Token, balanced), Token);
        var network = await NetworkAsync(room);
        Assert.Equal("loadBalancer", network?["outboundType"]?.GetValue<string>());
        Assert.NotNull(network?["loadBalancerProfile"]?["effectiveOutboundIPs"]);

        balanced["outboundType"] = "none";
        balanced["access"] = Parse("""{"privateCluster":true}""");
        await room.AskClusterAsync(balanced);
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.ClusterDiffers, "The API server is public");
    }

    [Fact]
    public async Task Maintenance_windows_come_change_and_go_with_the_spec_and_those_of_others_stay()
    {
        const string NodeOs = "aksManagedNodeOSUpgradeSchedule";
        await using var room = await FailureRoom.ReadyAsync();
        var windows = $"{OtherAzureUser.Cluster}/maintenanceConfigurations";
        await room.Azure.PutAsync(
            $"{windows}/default",
            Parse(
                """{"properties":{"maintenanceWindow":{"schedule":{"weekly":{"intervalWeeks":1,"dayOfWeek":"Monday"}},"""
                    + """ "durationHours":4,"startTime":"03:00"}}}"""
            )
        );
        var spec = FailureRoom.ClusterWith("maintenance", Parse("""{"nodeOs":{"everyDays":1,"startTime":"02:00","durationHours":4}}"""));

        Assert.Contains(await PlanAsync(room, spec), line => line.StartsWith($"create {windows}/{NodeOs}", StringComparison.Ordinal));
        await room.Host.SucceedAsync(await room.Host.PutClusterAsync(Token, spec), Token);
        Assert.Equal([NodeOs, "default"], await WindowsAsync());
        await IsIdleAsync(room);

        spec["maintenance"]!["nodeOs"]!["durationHours"] = 6; // written above
        Assert.Contains(await PlanAsync(room, spec), line => line.StartsWith($"update {windows}/{NodeOs}", StringComparison.Ordinal));
        await room.Host.SucceedAsync(await room.Host.PutClusterAsync(Token, spec), Token);
        Assert.Equal("6", $"{Properties(await room.Azure.GetAsync($"{windows}/{NodeOs}"))["maintenanceWindow"]?["durationHours"]}");

        await room.Azure.DeleteAsync($"{windows}/{NodeOs}");
        await room.Host.SucceedAsync(await room.Host.ReconcileAsync(Token), Token);
        Assert.Equal([NodeOs, "default"], await WindowsAsync());
        Assert.Contains(
            await room.HistoryAsync("Repaired", ofCluster: true),
            entry => entry.Contains("It was gone", StringComparison.Ordinal)
        );

        spec.Remove("maintenance");
        Assert.Contains(await PlanAsync(room, spec), line => line.StartsWith($"delete {windows}/{NodeOs}", StringComparison.Ordinal));
        await room.Host.SucceedAsync(await room.Host.PutClusterAsync(Token, spec), Token);
        Assert.Equal(["default"], await WindowsAsync());
        await IsIdleAsync(room);

        async Task<IReadOnlyList<string>> WindowsAsync() =>
            [
                .. ((await room.Azure.GetAsync(windows))["value"] as JsonArray ?? [])
                    .Select(one => $"{one?["name"]}")
                    .Order(StringComparer.Ordinal),
            ];
    }

    [Fact]
    public async Task Node_pools_come_grow_and_go_with_the_spec_and_those_of_others_stay()
    {
        await using var room = await FailureRoom.ReadyAsync();
        var pools = $"{OtherAzureUser.Cluster}/agentPools";
        await room.Azure.PutAsync($"{pools}/theirs", Parse("""{"properties":{"count":1,"vmSize":"Standard_D2s_v5","mode":"User"}}"""));
        var spec = FailureRoom.ClusterWith(
            "nodePools",
            new JsonArray(Parse("""{"name":"apps","count":1,"labels":{"team":"edge"}}"""), Parse("""{"name":"more","count":0}"""))
        );

        Assert.Contains(await PlanAsync(room, spec), line => line.StartsWith($"create {pools}/apps", StringComparison.Ordinal));
        await room.Host.SucceedAsync(await room.Host.PutClusterAsync(Token, spec), Token);
        Assert.Equal(["apps 1", "more 0", "nodepool1 1", "theirs 1"], await PoolsAsync());
        await IsIdleAsync(room);

        spec["nodePools"]![0]!["count"] = 3; // written above
        spec["nodePools"]!.AsArray().RemoveAt(1); // see above
        var plan = await PlanAsync(room, spec);
        Assert.Contains(plan, line => line.StartsWith($"update {pools}/apps", StringComparison.Ordinal));
        Assert.Contains(plan, line => line.StartsWith($"delete {pools}/more", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("theirs", StringComparison.Ordinal));
        await room.Host.SucceedAsync(await room.Host.PutClusterAsync(Token, spec), Token);
        Assert.Equal(["apps 3", "nodepool1 1", "theirs 1"], await PoolsAsync());
        await IsIdleAsync(room);

        spec["nodePools"]![0]!["vmSize"] = "Standard_D4s_v5"; // see above
        await room.AskClusterAsync(spec);
        await room.SeesAsync(
            ConditionTypes.ClusterReady,
            ConditionStatus.False,
            Reasons.ClusterDiffers,
            "Node pool apps has the VM size Standard_D2s_v5"
        );

        spec.Remove("nodePools");
        await room.Host.SucceedAsync(await room.Host.PutClusterAsync(Token, spec), Token);
        Assert.Equal(["nodepool1 1", "theirs 1"], await PoolsAsync());
        await IsIdleAsync(room);

        async Task<IReadOnlyList<string>> PoolsAsync() =>
            [
                .. ((await room.Azure.GetAsync(pools))["value"] as JsonArray ?? [])
                    .Select(one => $"{one?["name"]} {one?["properties"]?["count"]}")
                    .Order(StringComparer.Ordinal),
            ];
    }

    [Fact]
    public async Task A_node_pool_beyond_the_quota_is_reported_and_stops_no_port()
    {
        await using var room = await FailureRoom.ReadyAsync();
        var spec = FailureRoom.ClusterWith(
            "nodePools",
            new JsonArray(Parse("""{"name":"huge","vmSize":"Standard_D96s_v5","count":120}"""))
        );

        await room.AskClusterAsync(spec);
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.QuotaExceeded, "quota");
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.True, Reasons.Answered, "");

        await room.AskClusterAsync();
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    [Fact]
    public async Task A_node_pool_that_Azure_fails_to_make_is_reported_and_made_again()
    {
        await using var room = await FailureRoom.ReadyAsync();
        var spec = FailureRoom.ClusterWith("nodePools", new JsonArray(Parse("""{"name":"apps","count":1}""")));

        room.Break(FaultLayer.Arm, FaultKind.OperationFails, "* agentPools", code: "SkuNotAvailable");
        await room.AskClusterAsync(spec);
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.SizeUnavailable, "size");
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.True, Reasons.Answered, "");

        room.Mend();
        await room.HealsAsync(ConditionTypes.ClusterReady);
        var pool = await room.Azure.GetAsync($"{OtherAzureUser.Cluster}/agentPools/apps");
        Assert.Equal("Succeeded", Properties(pool)["provisioningState"]?.GetValue<string>());
    }

    [Fact]
    public async Task Groups_of_administrators_change_with_the_spec()
    {
        const string Old = "11111111-1111-1111-1111-111111111111";
        const string New = "22222222-2222-2222-2222-222222222222";
        await using var room = await FailureRoom.ReadyAsync();

        foreach (var group in new[] { Old, New })
        {
            var spec = FailureRoom.ClusterWith("access", new JsonObject { ["adminGroupObjectIds"] = new JsonArray(group) });
            await room.Host.SucceedAsync(await room.Host.PutClusterAsync(Token, spec), Token);
            var entra = Properties(await room.Azure.GetAsync(OtherAzureUser.Cluster))["aadProfile"];
            Assert.Equal(group, $"{Assert.Single(entra?["adminGroupObjectIDs"] as JsonArray ?? [])}");
        }

        using var cluster = room.Host.Kubernetes();
        await Wait.UntilAsync(
            "the new group administrates the cluster",
            Walkthrough.Within,
            async () =>
                (await cluster.RbacAuthorizationV1.ReadClusterRoleBindingAsync("aks-cluster-admin-binding-aad", cancellationToken: Token))
                    .Subjects.Select(subject => subject.Name)
                    .SequenceEqual([New]),
            Token
        );
        await IsIdleAsync(room);
    }

    [Fact]
    public async Task Extra_properties_are_merged_and_Azures_refusal_of_one_stops_no_port()
    {
        await using var room = await FailureRoom.ReadyAsync();
        var spec = FailureRoom.ClusterWith("extra", Parse("""{"addonProfiles":{"azurepolicy":{"enabled":true}}}"""));

        Assert.Contains(await PlanAsync(room, spec), line => line.StartsWith($"update {OtherAzureUser.Cluster}", StringComparison.Ordinal));
        await room.Host.SucceedAsync(await room.Host.PutClusterAsync(Token, spec), Token);
        var cluster = await room.Azure.GetAsync(OtherAzureUser.Cluster);
        Assert.Equal("true", cluster["properties"]?["addonProfiles"]?["azurepolicy"]?["enabled"]?.ToJsonString());
        await IsIdleAsync(room);

        await room.AskClusterAsync(FailureRoom.ClusterWith("extra", Parse("""{"misspelt":true}""")));
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.AzureRefused, "misspelt");
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.True, Reasons.Answered, "");
    }

    private static async Task IsIdleAsync(FailureRoom room)
    {
        var writes = room.Host.Sandbox.Traffic.ArmWrites;
        await room.Host.SucceedAsync(await room.Host.ReconcileAsync(Token), Token);
        Assert.Equal(writes, room.Host.Sandbox.Traffic.ArmWrites);
    }

    private static async Task<JsonNode?> NetworkAsync(FailureRoom room) =>
        (await room.Azure.GetAsync(OtherAzureUser.Cluster))["properties"]?["networkProfile"];

    private static JsonObject Properties(JsonObject resource) => Assert.IsType<JsonObject>(resource["properties"]);

    private static JsonObject Parse(string json) => Assert.IsType<JsonObject>(JsonNode.Parse(json));

    private static JsonObject Access(string access) => FailureRoom.ClusterWith("access", Parse(access));

    private static async Task<IReadOnlyList<string>> RangesAsync(FailureRoom room) =>
        [
            .. (
                (await room.Azure.GetAsync(OtherAzureUser.Cluster))["properties"]?["apiServerAccessProfile"]?["authorizedIPRanges"]
                    as JsonArray
                ?? []
            ).Select(range => $"{range}"),
        ];

    /// <summary>The lines of a dry run about Azure.</summary>
    private static async Task<IReadOnlyList<string>> PlanAsync(FailureRoom room, JsonObject spec)
    {
        using var answer = await room.Host.Client.PutAsJsonAsync($"{MeshPortHost.Cluster}?dryRun=true", new { spec }, Token);
        var plan = await answer.Content.ReadFromJsonAsync<JsonObject>(Token);
        Assert.True(answer.IsSuccessStatusCode, $"{plan}");
        return [.. (plan?["changes"] as JsonArray ?? []).Select(change => $"{change?["action"]} {change?["target"]} {change?["why"]}")];
    }
}
