using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Model;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests;

/// <summary>A cluster in a subnet of others. Without a role of its identity there, its gateways get no address.</summary>
public sealed class SubnetRoleTests
{
    private static readonly string Assignments =
        $"{OtherAzureUser.Network("virtualNetworks", $"{Network["vnet"]}/subnets/{Network["subnet"]}")}"
        + "/providers/Microsoft.Authorization/roleAssignments";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static JsonObject Network => Assert.IsType<JsonObject>(MeshPortHost.ClusterSpec()["network"]); // the sample has one

    [Fact]
    public async Task A_new_cluster_gets_its_role_once_and_loses_it_with_its_removal()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        using var azure = new OtherAzureUser(host.Sandbox, Token);
        await azure.PutAsync(OtherAzureUser.Group, new JsonObject { ["location"] = "eastus2" });
        await azure.PutAsync(
            OtherAzureUser.Network("virtualNetworks", $"{Network["vnet"]}"),
            Parse(
                $$$"""{"location":"eastus2","properties":{"addressSpace":{"addressPrefixes":"""
                    + $$$"""["{{{Network["addressPrefix"]}}}"]},"subnets":[{"name":"{{{Network["subnet"]}}}","properties":"""
                    + $$$"""{"addressPrefix":"{{{Network["subnetPrefix"]}}}"}}]}}"""
            )
        );

        Assert.Contains(await PlanAsync(host), change => change is ("create", "Network Contributor on"));
        await host.SucceedAsync(await host.PutClusterAsync(Token), Token);

        var principal = (await azure.GetAsync(OtherAzureUser.Cluster))["identity"]?["principalId"]?.GetValue<string>();
        var given = Assert.Single(await GivenAsync(azure));
        Assert.Equal(principal, given["principalId"]?.GetValue<string>());
        Assert.Equal(
            $"{Assignments[..Assignments.IndexOf("/providers/Microsoft.Authorization", StringComparison.Ordinal)]}",
            given["scope"]?.GetValue<string>()
        );
        Assert.Contains(await PlanAsync(host), change => change is ("none", "Network Contributor on"));
        var writes = host.Sandbox.Traffic.ArmWrites;
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal(writes, host.Sandbox.Traffic.ArmWrites);

        await host.SucceedAsync(await host.DeleteAsync(MeshPortHost.Cluster, Token), Token);

        Assert.Empty(await GivenAsync(azure)); // the subnet belongs to others and stays
    }

    [Fact]
    public async Task A_removed_role_is_assigned_again_and_the_history_records_it()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        using var azure = new OtherAzureUser(host.Sandbox, Token);
        await host.SucceedAsync(await host.PutClusterAsync(Token), Token);

        var list = await azure.GetAsync(Assignments);
        await azure.DeleteAsync($"{list["value"]?[0]?["id"]}");
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);

        Assert.Single(await GivenAsync(azure));
        var history = (await host.StatusAsync(MeshPortHost.Cluster, Token)).GetProperty("history").EnumerateArray();
        Assert.Single(
            history,
            entry =>
                entry.GetProperty("type").GetString() == "Repaired"
                && entry.GetProperty("target").GetString() == $"RoleAssignment {Network["subnet"]}"
        );
    }

    [Fact]
    public async Task An_inherited_role_is_not_assigned_again()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        using var azure = new OtherAzureUser(host.Sandbox, Token);
        host.Sandbox.Refuse(FaultLayer.Arm, "PUT roleAssignments", "virtualNetworks"); // MeshPort's own attempt on the subnet
        await host.PutClusterAsync(Token);
        await Wait.UntilAsync(
            "the cluster is there",
            Walkthrough.Within,
            async () =>
                (await host.StatusAsync(MeshPortHost.Cluster, Token))
                    .GetProperty("conditions")
                    .EnumerateArray()
                    .Any(condition =>
                        condition.GetProperty("message").GetString()?.Contains("az role assignment create", StringComparison.Ordinal)
                        == true
                    ),
            Token
        );
        var principal = (await azure.GetAsync(OtherAzureUser.Cluster))["identity"]?["principalId"]?.GetValue<string>();

        await GiveAsync(azure, principal);
        host.Sandbox.World.Faults.Clear();

        await Wait.UntilAsync(
            "the gateway has its address",
            Walkthrough.Within,
            async () => await host.ConditionAsync(MeshPortHost.Cluster, "GatewayReady", Token) is ("True", _),
            Token
        );
        Assert.Equal(OtherAzureUser.Group, Assert.Single(await GivenAsync(azure))["scope"]?.GetValue<string>());
    }

    [Fact, FailureRow(Reasons.LoadBalancerFailed)]
    public async Task A_missing_role_is_reported_with_the_clusters_own_message_until_it_is_assigned()
    {
        await using var room = await FailureRoom.StartAsync();
        room.Break(FaultLayer.Arm, FaultKind.Refused, "PUT roleAssignments");

        await room.AskClusterAsync();
        await room.AskExposureAsync();
        await room.SeesAsync(
            ConditionTypes.ClusterReady,
            ConditionStatus.True,
            Reasons.AsDesired,
            "az role assignment create --role 'Network Contributor'"
        );
        await room.SeesAsync(
            ConditionTypes.GatewayReady,
            ConditionStatus.Unknown,
            Reasons.LoadBalancerFailed,
            "Microsoft.Network/virtualNetworks/subnets/read"
        );

        room.Mend();
        await room.HealsAsync(ConditionTypes.GatewayReady);
    }

    [Fact]
    public async Task An_exposure_is_waited_for_until_kubernetes_tries_again_with_a_role_that_came_late()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        using var azure = new OtherAzureUser(host.Sandbox, Token);
        var spec = MeshPortHost.ClusterSpec();
        spec["strategy"] = "companionService";
        await host.SucceedAsync(await host.PutClusterAsync(Token, spec), Token);
        host.Sandbox.Refuse(FaultLayer.Arm, "PUT roleAssignments", "virtualNetworks");
        await azure.DeleteAsync($"{(await azure.GetAsync(Assignments))["value"]?[0]?["id"]}");
        var principal = (await azure.GetAsync(OtherAzureUser.Cluster))["identity"]?["principalId"]?.GetValue<string>();

        var began = host.Sandbox.Clock.GetUtcNow();
        var operation = await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token);
        await Wait.UntilAsync(
            "the cluster could not make the load balancer for six minutes",
            Walkthrough.Within,
            async () =>
                host.Sandbox.Clock.GetUtcNow() > began.AddMinutes(6)
                && await host.ConditionAsync($"{MeshPortHost.Cluster}/exposures/echo", "PortOpen", Token)
                    is ("Unknown", Reasons.LoadBalancerFailed),
            Token
        );
        await GiveAsync(azure, principal);

        await host.SucceedAsync(operation, Token);
    }

    /// <summary>The changes of a dry run, with their targets: the words before the ARM id.</summary>
    private static async Task<IReadOnlyList<(string Action, string Target)>> PlanAsync(MeshPortHost host)
    {
        using var answer = await host.Client.PutAsJsonAsync(
            $"{MeshPortHost.Cluster}?dryRun=true",
            new { spec = MeshPortHost.ClusterSpec() },
            Token
        );
        var plan = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
        return
        [
            .. plan.GetProperty("changes")
                .EnumerateArray()
                .Select(change => ($"{change.GetProperty("action")}", $"{change.GetProperty("target")}".Split(" /")[0])),
        ];
    }

    private static async Task<IReadOnlyList<JsonNode>> GivenAsync(OtherAzureUser azure) =>
        [
            .. ((await azure.GetAsync(Assignments))["value"] as JsonArray ?? [])
                .Select(assignment => assignment?["properties"])
                .OfType<JsonNode>(),
        ];

    /// <summary>Gives the identity of the cluster its role on the resource group.</summary>
    private static Task GiveAsync(OtherAzureUser azure, string? principal) =>
        azure.PutAsync(
            $"{OtherAzureUser.Group}/providers/Microsoft.Authorization/roleAssignments/{Guid.NewGuid()}",
            Parse(
                $$$"""{"properties":"""
                    + $$$"""{"roleDefinitionId":"/subscriptions/{{{MeshPortHost.Id.SubscriptionId}}}/"""
                    + """providers/Microsoft.Authorization/roleDefinitions/"""
                    + $$$"""4d97b98b-1d4f-4787-a291-c67834d212e7","principalId":"{{{principal}}}","principalType":"ServicePrincipal"}}"""
            )
        );

    private static JsonObject Parse(string json) => Assert.IsType<JsonObject>(JsonNode.Parse(json));
}
