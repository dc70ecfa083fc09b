using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.Convergence;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Model;
using MeshPort.Sandbox.Faults;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>A cluster that differs from its spec, or that somebody changes, keeps its ports while its API server answers.</summary>
public sealed class DifferenceStories
{
    /// <summary>Longer than the test needs; it then advances the time.</summary>
    private static readonly TimeSpan LongUpgrade = TimeSpan.FromHours(2);

    private static readonly string Later = $"{MeshPortHost.Cluster}/exposures/later";

    private const string Preview = "MultipleStandardLoadBalancersPreview";

    private static readonly string FeatureId =
        $"/subscriptions/{MeshPortHost.Id.SubscriptionId}/providers/Microsoft.Features/providers/Microsoft.ContainerService/"
        + $"features/{Preview}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_that_somebody_upgraded_past_its_spec_serves_old_and_new_ports()
    {
        await using var room = await FailureRoom.ReadyAsync(FailureRoom.ClusterWith("kubernetesVersion", "1.34"));

        await room.Azure.ChangeAsync(OtherAzureUser.Cluster, cluster => Properties(cluster)["kubernetesVersion"] = "1.35");
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.ClusterDiffers, "AKS cannot downgrade");
        await Wait.UntilAsync(
            "the cluster is not Ready",
            Walkthrough.Within,
            async () =>
                await room.Host.ConditionAsync(MeshPortHost.Cluster, ConditionTypes.Ready, Token) is ("False", Reasons.ClusterDiffers),
            Token
        );

        await LosesAndRegainsPortAsync(room);
        await room.Host.SucceedAsync(await room.Host.PutExposureAsync("later", MeshPortHost.Echo("later", 9001), Token), Token);

        await room.AskClusterAsync(FailureRoom.ClusterWith("kubernetesVersion", "1.35"));
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    [Fact]
    public async Task A_cluster_with_a_reported_difference_is_idle()
    {
        await using var room = await FailureRoom.ReadyAsync();
        await room.Azure.ChangeAsync(OtherAzureUser.Cluster, cluster => Properties(cluster)["disableLocalAccounts"] = false);
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.ClusterDiffers, "Local accounts are on");

        await Wait.UntilAsync(
            "some resyncs begin no convergence and write nothing",
            Walkthrough.Within,
            async () =>
            {
                var before = (await ConvergencesAsync(room), Writes(room));
                var reads = room.Host.Sandbox.Traffic.ArmReads;
                await Wait.UntilAsync(() => room.Host.Sandbox.Traffic.ArmReads > reads + 30, Token);
                return before == (await ConvergencesAsync(room), Writes(room));
            },
            Token
        );
    }

    [Fact]
    public async Task A_version_of_the_spec_is_a_minimum_where_the_cluster_upgrades_itself()
    {
        await using var room = await FailureRoom.ReadyAsync(FailureRoom.ClusterWith("kubernetesVersion", "1.34"));

        await room.Azure.ChangeAsync(
            OtherAzureUser.Cluster,
            cluster =>
            {
                Properties(cluster)["autoUpgradeProfile"] = new JsonObject { ["upgradeChannel"] = "stable" };
                Properties(cluster)["kubernetesVersion"] = "1.35";
            }
        );

        await room.Host.SucceedAsync(await room.Host.ReconcileAsync(Token), Token);
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.True, Reasons.AsDesired, "Kubernetes 1.35");
    }

    [Fact]
    public async Task A_difference_does_not_keep_other_changes_of_the_spec_from_the_cluster()
    {
        await using var room = await FailureRoom.ReadyAsync();
        var spec = FailureRoom.ClusterWith("access", new JsonObject { ["localAccounts"] = true });
        spec["mesh"] = new JsonObject { ["gateways"] = new JsonArray("external", "internal") };

        await room.AskClusterAsync(spec);
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.ClusterDiffers, "Local accounts are off");

        var inside = MeshPortHost.Echo("inside", 9100);
        inside["gateway"] = "internal";
        await room.Host.SucceedAsync(await room.Host.PutExposureAsync("inside", inside, Token), Token);
    }

    [Fact]
    public async Task A_feature_that_waits_for_approval_stops_no_port_of_a_cluster_that_runs()
    {
        await using var room = await FailureRoom.ReadyAsync();

        await room.AskClusterAsync(
            FailureRoom.ClusterWith("features", new JsonArray(new JsonObject { ["name"] = "ApprovalGatedPreview" }))
        );
        await room.SeesAsync(
            ConditionTypes.FeaturesRegistered,
            ConditionStatus.False,
            Reasons.FeaturePendingApproval,
            "open a support request"
        );
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.Unknown, Reasons.Blocked, "approval");

        await LosesAndRegainsPortAsync(room);
    }

    [Fact]
    public async Task A_refused_write_of_the_cluster_stops_no_port()
    {
        await using var room = await FailureRoom.ReadyAsync();
        room.Break(FaultLayer.Arm, FaultKind.Refused, "PUT managedClusters", "RequestDisallowedByPolicy");

        await room.AskClusterAsync(FailureRoom.ClusterWith("tags", new JsonObject { ["team"] = "other" }));
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.PolicyDenied, "exemption");

        await LosesAndRegainsPortAsync(room);
    }

    [Fact]
    public async Task Ports_are_served_while_somebody_upgrades_the_cluster()
    {
        await using var room = await FailureRoom.ReadyAsync();
        room.Host.Sandbox.Hang("* managedClusters", LongUpgrade);

        var upgrade = room.Azure.ChangeAsync(OtherAzureUser.Cluster, cluster => cluster["tags"]?.AsObject()["changed-by"] = "somebody");
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.Unknown, Reasons.ClusterUpdating, "The cluster is");
        var reconcile = await room.Host.ReconcileAsync(Token);

        await LosesAndRegainsPortAsync(room);
        Assert.False(upgrade.IsCompleted);
        Assert.Equal("Running", (await room.Host.Client.GetFromJsonAsync<JsonElement>(reconcile, Token)).GetProperty("status").GetString());
        room.Host.Sandbox.Clock.Advance(LongUpgrade);
        await upgrade;
        await room.Host.SucceedAsync(reconcile, Token);
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    [Fact]
    public async Task Steady_requests_do_not_postpone_the_repair_of_the_cluster()
    {
        await using var room = await FailureRoom.ReadyAsync(FailureRoom.ClusterWith("tags", new JsonObject { ["team"] = "net" }));
        var waiting = MeshPortHost.Echo("waiting", 9001);
        Assert.IsType<JsonObject>(waiting["workload"])["image"] = "no/such-image:1";
        await room.Host.PutExposureAsync("waiting", waiting, Token);
        await room.Azure.ChangeAsync(OtherAzureUser.Cluster, cluster => Tags(cluster)["team"] = "other");

        var requests = 0;
        await Wait.UntilAsync(
            "MeshPort has written the tag again",
            Walkthrough.Within,
            async () =>
            {
                await room.Host.PutExposureAsync("later", MeshPortHost.Echo("later", 9100 + (++requests % 2)), Token);
                return $"{Tags(await room.Azure.GetAsync(OtherAzureUser.Cluster))["team"]}" == "net";
            },
            Token
        );

        static JsonObject Tags(JsonObject cluster) => Assert.IsType<JsonObject>(cluster["tags"]);
    }

    [Fact]
    public async Task An_upgrade_that_somebody_aborted_is_not_resumed()
    {
        await using var room = await FailureRoom.ReadyAsync();
        room.Host.Sandbox.Hang("* managedClusters", LongUpgrade);
        var before = $"{Properties(await room.Azure.GetAsync(OtherAzureUser.Cluster))["currentKubernetesVersion"]}";
        var upgrade = room.Azure.ChangeAsync(OtherAzureUser.Cluster, cluster => Properties(cluster)["kubernetesVersion"] = "1.35");
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.Unknown, Reasons.ClusterUpdating, "The cluster is");
        room.Mend();

        await room.Azure.PostAsync($"{OtherAzureUser.Cluster}/abort");
        await upgrade;
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.ClusterFailed, "az aks operation-abort");
        await LosesAndRegainsPortAsync(room);

        var cluster = Properties(await room.Azure.GetAsync(OtherAzureUser.Cluster));
        Assert.Equal(("Canceled", before), ($"{cluster["provisioningState"]}", $"{cluster["currentKubernetesVersion"]}"));
        await room.Azure.ChangeAsync(OtherAzureUser.Cluster, _ => { }); // az aks update
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    [Fact]
    public async Task Ports_are_served_while_a_control_plane_is_not_available()
    {
        await using var room = await FailureRoom.ReadyAsync();
        using var cluster = room.Host.Kubernetes();
        var plane = (await cluster.AppsV1.ListNamespacedDeploymentAsync("aks-istio-system", cancellationToken: Token)).Items.Single();
        plane.Spec.Replicas = 0;

        plane = await cluster.AppsV1.ReplaceNamespacedDeploymentAsync(plane, plane.Name(), "aks-istio-system", cancellationToken: Token);
        await room.Host.ReconcileAsync(Token);

        await LosesAndRegainsPortAsync(room);
        await room.Host.PutExposureAsync("later", MeshPortHost.Echo("later", 9001), Token);
        await room.Host.UntilConditionAsync(Later, ConditionTypes.RouteProgrammed, "Unknown", Reasons.WebhookUnavailable, Token);

        plane.Spec.Replicas = 2;
        plane.Metadata.ResourceVersion = null;
        await cluster.AppsV1.ReplaceNamespacedDeploymentAsync(plane, plane.Name(), "aks-istio-system", cancellationToken: Token);
        await room.Host.UntilConditionAsync(Later, ConditionTypes.Ready, "True", Reasons.AsDesired, Token);
        Assert.DoesNotContain(
            (await room.Host.StatusAsync(Later, Token)).GetProperty("history").EnumerateArray(),
            entry => entry.GetProperty("type").GetString() == "RouteProgrammed" && entry.GetProperty("status").GetString() == "False"
        );
    }

    [Fact]
    public async Task Ports_are_served_while_a_feature_registers_and_another_spec_does_not_wait_for_it()
    {
        await using var room = await FailureRoom.ReadyAsync(timeScale: 6); // the registration takes half a minute
        await room.AskClusterAsync(FailureRoom.ClusterWith("features", new JsonArray(new JsonObject { ["name"] = Preview })));
        await room.SeesAsync(ConditionTypes.FeaturesRegistered, ConditionStatus.Unknown, Reasons.Registering, "");

        await LosesAndRegainsPortAsync(room);
        Assert.Equal("Registering", await StateAsync());

        await room.AskClusterAsync(FailureRoom.ClusterWith("features", new JsonArray()));
        await room.SeesAsync(ConditionTypes.FeaturesRegistered, ConditionStatus.True, Reasons.NothingToDo, "");
        Assert.Equal("Registering", await StateAsync());

        async Task<string> StateAsync() => $"{Properties(await room.Azure.GetAsync(FeatureId))["state"]}";
    }

    [Fact]
    public async Task A_new_gateway_without_an_address_stops_no_port_of_the_other_gateway()
    {
        await using var room = await FailureRoom.ReadyAsync();
        var network = MeshPortHost.ClusterSpec()["network"];
        var subnet = OtherAzureUser.Network("virtualNetworks", $"{network?["vnet"]}/subnets/{network?["subnet"]}");
        var assignments = $"{subnet}/providers/Microsoft.Authorization/roleAssignments";
        foreach (var assignment in (await room.Azure.GetAsync(assignments))["value"] as JsonArray ?? [])
        {
            await room.Azure.DeleteAsync($"{assignment?["id"]}");
        }

        room.Break(FaultLayer.Arm, FaultKind.Refused, "PUT roleAssignments");

        await room.AskClusterAsync(
            FailureRoom.ClusterWith("mesh", new JsonObject { ["gateways"] = new JsonArray("external", "internal") })
        );
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.Unknown, Reasons.LoadBalancerFailed, "subnets/read");

        await LosesAndRegainsPortAsync(room);
        room.Mend();
        await room.HealsAsync(ConditionTypes.GatewayReady);
    }

    [Fact]
    public async Task The_istio_of_application_routing_is_reported_with_the_command_that_disables_it()
    {
        await using var room = await FailureRoom.ReadyAsync();

        await room.Azure.ChangeAsync(
            OtherAzureUser.Cluster,
            cluster =>
            {
                Properties(cluster)["serviceMeshProfile"] = new JsonObject { ["mode"] = "Disabled" };
                Properties(cluster)["ingressProfile"] = AppRouting("Enabled");
            }
        );
        await room.SeesAsync(
            ConditionTypes.ClusterReady,
            ConditionStatus.False,
            Reasons.ClusterDiffers,
            "az aks approuting gateway istio disable --resource-group"
        );

        await room.Azure.ChangeAsync(OtherAzureUser.Cluster, cluster => Properties(cluster)["ingressProfile"] = AppRouting("Disabled"));
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    private static long Writes(FailureRoom room) => room.Host.Sandbox.Traffic.ArmWrites + room.Host.Sandbox.Traffic.KubernetesWrites;

    private static async Task<int> ConvergencesAsync(FailureRoom room)
    {
        var count = 0;
        var client = room.Host.Functions.Services.GetRequiredService<DurableTaskClient>();
        await foreach (var instance in client.GetAllInstancesAsync(new OrchestrationQuery()))
        {
            count += instance.Name == nameof(ConvergeClusterOrchestrator) ? 1 : 0;
        }

        return count;
    }

    private static JsonObject AppRouting(string mode) =>
        new()
        {
            ["gatewayAPI"] = new JsonObject { ["installation"] = "Standard" },
            ["webAppRouting"] = new JsonObject
            {
                ["enabled"] = true,
                ["gatewayAPIImplementations"] = new JsonObject { ["appRoutingIstio"] = new JsonObject { ["mode"] = mode } },
            },
        };

    /// <summary>Somebody removes the port of the exposure; MeshPort opens it again, and the exposure is Ready.</summary>
    private static async Task LosesAndRegainsPortAsync(FailureRoom room)
    {
        using var cluster = room.Host.Kubernetes();
        await cluster.DropPortAsync(Token);
        await Wait.UntilAsync(
            "the port is back",
            Walkthrough.Within,
            async () => (await cluster.ReadAddOnServiceAsync(Token)).Spec.Ports.Any(port => port.Port == 9000),
            Token
        );
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.True, Reasons.AsDesired, "");
    }

    private static JsonObject Properties(JsonObject resource) => Assert.IsType<JsonObject>(resource["properties"]);
}
