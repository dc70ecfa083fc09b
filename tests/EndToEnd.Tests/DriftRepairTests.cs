using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.Convergence;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Events;
using MeshPort.Model;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests;

/// <summary>
/// The next resync repairs each kind of drift, or an event of Azure at once, and the history records it. A stopped cluster is reported
/// and not started.
/// </summary>
public sealed class DriftRepairTests
{
    private static readonly string Guard = OtherAzureUser.Network("networkSecurityGroups", "guard");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Drift_in_the_cluster_is_repaired_by_the_next_resync_and_recorded_in_the_history()
    {
        await using var room = await FailureRoom.ReadyAsync();
        using var cluster = room.Host.Kubernetes();

        await cluster.DeleteIstioObjectAsync("gateways", "echo", Token);
        await ToldAsync(room, "Repaired", "Gateway default/meshport-echo");

        var edit = new V1Patch(
            """{"spec":{"tcp":[{"match":[{"port":9999}],"route":[{"destination":{"host":"nobody"}}]}]}}""",
            V1Patch.PatchType.MergePatch
        );
        await cluster.CustomObjects.PatchNamespacedCustomObjectAsync(
            edit,
            "networking.istio.io",
            "v1",
            "default",
            "virtualservices",
            "meshport-echo",
            fieldManager: "kubectl-edit",
            cancellationToken: Token
        );
        await ToldAsync(room, "Repaired", "VirtualService default/meshport-echo");

        await cluster.DropPortAsync(Token);
        await ToldAsync(room, "PortReverted", "Port 9000");

        await room.HealsAsync(ConditionTypes.Reachable, Reasons.Answered);
    }

    [Fact]
    public async Task Drift_is_repaired_while_a_pod_serves_and_another_cannot_start()
    {
        await using var room = await FailureRoom.ReadyAsync();
        using var cluster = room.Host.Kubernetes();
        var broken = FailureRoom.Echo();
        broken["workload"]!["image"] = "no/such-image:1"; // Echo has a workload
        await room.AskExposureAsync(broken);
        await room.SeesAsync(ConditionTypes.WorkloadReady, ConditionStatus.False, Reasons.WorkloadFailed, "image");
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.True, Reasons.Answered, ""); // by the pod of the earlier spec
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.False, Reasons.WorkloadFailed, "");

        await cluster.DeleteIstioObjectAsync("gateways", "echo", Token);
        await ToldAsync(room, "Repaired", "Gateway default/meshport-echo");
        await cluster.DropPortAsync(Token);
        await ToldAsync(room, "PortReverted", "Port 9000");
    }

    [Fact]
    public async Task A_repair_that_the_API_server_refuses_is_not_told_as_done()
    {
        await using var room = await FailureRoom.ReadyAsync();
        using var cluster = room.Host.Kubernetes();
        room.Host.Sandbox.Refuse(FaultLayer.Kubernetes, "PATCH networking.istio.io/virtualservices");

        await cluster.DeleteIstioObjectAsync("virtualservices", "echo", Token);

        await room.SeesAsync(ConditionTypes.RouteProgrammed, ConditionStatus.False, Reasons.AccessDenied, "the role");
        Assert.DoesNotContain(await room.HistoryAsync("Repaired"), message => message.Contains("VirtualService", StringComparison.Ordinal));
        room.Mend();
        await room.HealsAsync(ConditionTypes.RouteProgrammed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Drift_in_Azure_is_repaired_by_the_next_resync_or_at_once_after_its_event(bool byEvent)
    {
        // If an event wakes the keeper, the next resync is after the end of the test.
        await using var room = await FailureRoom.ReadyAsync(
            FailureRoom.Guarded(),
            settings: byEvent ? [($"{Resync.Setting}:{nameof(Resync.ManagedService)}", "P1D")] : []
        );
        if (byEvent)
        {
            await SubscribeAsync(room);
        }

        // The name of the rule contains a hash of the address, which a copied world changes. A pass gives the rule its new name.
        await room.Host.SucceedAsync(await room.Host.ReconcileAsync(Token), Token);
        await Wait.UntilAsync(
            "the rule with the old name is gone",
            Walkthrough.Within,
            async () => (await RulesAsync(room)).Count == 1,
            Token
        );
        var rule = Assert.Single(await RulesAsync(room));
        var repairs = (await RepairsAsync(room)).Count;
        await room.Azure.DeleteAsync($"{Guard}/securityRules/{rule}");
        await Wait.UntilAsync("the rule is back", Walkthrough.Within, async () => (await RulesAsync(room)).Contains(rule), Token);
        await Wait.UntilAsync(
            "the history has one more repair of the group",
            Walkthrough.Within,
            async () => (await RepairsAsync(room)).Count > repairs,
            Token
        );

        await room.Azure.ChangeAsync(OtherAzureUser.Cluster, cluster => Gateway(cluster)["enabled"] = false);
        await Wait.UntilAsync(
            "the gateway is enabled again",
            Walkthrough.Within,
            async () =>
                await room.Azure.GetAsync(OtherAzureUser.Cluster) is var found
                && Gateway(found)["enabled"]?.GetValue<bool>() == true
                && found["properties"]?["provisioningState"]?.GetValue<string>() == "Succeeded",
            Token
        );
        await room.HealsAsync(ConditionTypes.GatewayReady);

        await room.Azure.PostAsync($"{OtherAzureUser.Cluster}/stop");
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.ClusterStopped, "az aks start");
        Assert.Equal(
            "Stopped",
            (await room.Azure.GetAsync(OtherAzureUser.Cluster))["properties"]?["powerState"]?["code"]?.GetValue<string>()
        );

        await room.Azure.PostAsync($"{OtherAzureUser.Cluster}/start");
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    private static Task SubscribeAsync(FailureRoom room) =>
        room.Azure.PutAsync(
            $"{OtherAzureUser.Group}/providers/Microsoft.EventGrid/eventSubscriptions/meshport",
            new JsonObject
            {
                ["properties"] = new JsonObject
                {
                    ["destination"] = new JsonObject
                    {
                        ["endpointType"] = "WebHook",
                        ["properties"] = new JsonObject
                        {
                            ["endpointUrl"] =
                                $"{room.Host.Functions.Address}runtime/webhooks/EventGrid?functionName={nameof(ClusterEvents)}",
                        },
                    },
                    ["filter"] = new JsonObject
                    {
                        ["includedEventTypes"] = new JsonArray(
                            "Microsoft.Resources.ResourceWriteSuccess",
                            "Microsoft.Resources.ResourceDeleteSuccess",
                            "Microsoft.Resources.ResourceActionSuccess"
                        ),
                    },
                },
            }
        );

    private static Task ToldAsync(FailureRoom room, string type, string what) =>
        Wait.UntilAsync(
            $"the history has {type} {what}",
            Walkthrough.Within,
            async () => (await room.HistoryAsync(type)).Any(message => message.Contains(what, StringComparison.Ordinal)),
            Token
        );

    private static async Task<IReadOnlyList<string>> RepairsAsync(FailureRoom room) =>
        [.. (await room.HistoryAsync("Repaired")).Where(message => message.Contains("security group guard", StringComparison.Ordinal))];

    private static async Task<IReadOnlyList<string>> RulesAsync(FailureRoom room) =>
        [.. ((await room.Azure.GetAsync(Guard))["properties"]?["securityRules"] as JsonArray ?? []).Select(rule => $"{rule?["name"]}")];

    private static JsonObject Gateway(JsonObject cluster) =>
        Assert.IsType<JsonObject>(
            (cluster["properties"]?["serviceMeshProfile"]?["istio"]?["components"]?["ingressGateways"] as JsonArray)?.Single(gateway =>
                gateway?["mode"]?.GetValue<string>() == "External"
            )
        );
}
