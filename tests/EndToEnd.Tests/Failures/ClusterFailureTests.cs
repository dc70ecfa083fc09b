using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>Failures of the network, the cluster, its mesh and its API server.</summary>
public sealed class ClusterFailureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact, FailureRow(Reasons.NetworkConflict)]
    public async Task A_missing_subnet_of_others_is_reported_until_it_exists()
    {
        await using var room = await FailureRoom.StartAsync();
        var vnet = OtherAzureUser.Network("virtualNetworks", "theirs");

        await room.AskClusterAsync(FailureRoom.ClusterWith("network", new JsonObject { ["subnetId"] = $"{vnet}/subnets/nodes" }));
        await room.AskExposureAsync();
        await room.SeesAsync(ConditionTypes.NetworkReady, ConditionStatus.False, Reasons.NetworkConflict, "Create it, or name the network");

        await room.Azure.PutAsync(
            vnet,
            Parse(
                """{"location":"eastus2","properties":{"addressSpace":{"addressPrefixes":["10.20.0.0/16"]},"subnets":["""
                    + """{"name":"nodes","properties":{"addressPrefix":"10.20.0.0/24"}}]}}"""
            )
        );
        await room.HealsAsync(ConditionTypes.NetworkReady);
    }

    [Fact, FailureRow(Reasons.ClusterStopped), FailureRow(Reasons.Blocked)]
    public async Task A_stopped_cluster_is_reported_and_blocks_dependent_conditions_until_it_runs()
    {
        await using var room = await FailureRoom.ReadyAsync();

        await room.Azure.PostAsync($"{OtherAzureUser.Cluster}/stop");
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.ClusterStopped, "az aks start");
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.Unknown, Reasons.Blocked, "az aks start");

        await room.Azure.PostAsync($"{OtherAzureUser.Cluster}/start");
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    [Fact, FailureRow(Reasons.ClusterDiffers)]
    public async Task A_cluster_with_a_different_immutable_field_is_reported_until_it_fits()
    {
        await using var room = await FailureRoom.ReadyAsync();

        await room.Azure.ChangeAsync(OtherAzureUser.Cluster, cluster => Properties(cluster)["disableLocalAccounts"] = false);
        await room.SeesAsync(
            ConditionTypes.ClusterReady,
            ConditionStatus.False,
            Reasons.ClusterDiffers,
            "write access.localAccounts: true"
        );

        await room.Azure.ChangeAsync(OtherAzureUser.Cluster, cluster => Properties(cluster)["disableLocalAccounts"] = true);
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    [Fact, FailureRow(Reasons.NoCompatibleRevision)]
    public async Task A_version_without_a_compatible_mesh_is_reported_until_another_is_chosen()
    {
        await using var room = await FailureRoom.StartAsync();

        await room.AskClusterAsync(FailureRoom.ClusterWith("kubernetesVersion", "1.28"));
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.NoCompatibleRevision, "choose another version");

        await room.AskClusterAsync();
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    [Fact, FailureRow(Reasons.MeshUpgrading)]
    public async Task A_canary_upgrade_of_the_mesh_is_left_alone_and_reported_until_it_is_completed()
    {
        await using var room = await FailureRoom.ReadyAsync();

        await room.Azure.ChangeAsync(
            OtherAzureUser.Cluster,
            cluster => Istio(cluster)["revisions"] = new JsonArray("asm-1-29", "asm-1-30")
        );
        await room.SeesAsync(ConditionTypes.MeshReady, ConditionStatus.True, Reasons.MeshUpgrading, "az aks mesh upgrade complete");
        Assert.Equal(
            ["asm-1-29", "asm-1-30"],
            Assert
                .IsType<JsonArray>(Istio(await room.Azure.GetAsync(OtherAzureUser.Cluster))["revisions"])
                .Select(revision => $"{revision}")
        );

        await room.Azure.ChangeAsync(OtherAzureUser.Cluster, cluster => Istio(cluster)["revisions"] = new JsonArray("asm-1-30"));
        await room.HealsAsync(ConditionTypes.MeshReady);
    }

    [Fact, FailureRow(Reasons.GatewayMissing)]
    public async Task An_exposure_without_its_gateway_is_reported_until_the_gateway_exists()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();

        var inside = FailureRoom.Echo();
        inside["gateway"] = "internal";
        await room.AskExposureAsync(inside);
        await room.SeesAsync(ConditionTypes.PortOpen, ConditionStatus.False, Reasons.GatewayMissing, "add 'internal' to mesh.gateways");

        await room.AskClusterAsync(
            FailureRoom.ClusterWith("mesh", new JsonObject { ["gateways"] = new JsonArray("external", "internal") })
        );
        await room.HealsAsync(ConditionTypes.PortOpen);
    }

    [Theory, FailureRow(Reasons.ApiServerUnreachable)]
    [InlineData(FaultKind.Down, "public and has no authorized IP ranges")]
    [InlineData(FaultKind.Unavailable, "MeshPort tries again")]
    [InlineData(FaultKind.InternalError, "MeshPort tries again")]
    [InlineData(FaultKind.Throttle, "MeshPort tries again")]
    public async Task An_unavailable_API_server_is_retried_until_it_answers(FaultKind kind, string advice)
    {
        await using var room = await FailureRoom.ReadyAsync();

        room.Break(FaultLayer.Kubernetes, kind);
        await room.SeesAsync(ConditionTypes.MeshReady, ConditionStatus.Unknown, Reasons.ApiServerUnreachable, advice);

        room.Mend();
        await room.HealsAsync(ConditionTypes.MeshReady);
    }

    [Theory, FailureRow(Reasons.ApiServerUnreachable)]
    [InlineData("""{"authorizedIPRanges":["203.0.113.0/24"]}""", "authorized IP ranges (203.0.113.0/24)", "private")]
    [InlineData("""{"enablePrivateCluster":true,"enableVnetIntegration":true}""", "The cluster is private", "authorized")]
    public async Task An_API_server_behind_its_own_network_is_reported_by_the_clusters_profile(string access, string advice, string other)
    {
        await using var room = await FailureRoom.ReadyAsync();

        await room.Azure.ChangeAsync(OtherAzureUser.Cluster, cluster => Properties(cluster)["apiServerAccessProfile"] = Parse(access));
        await room.SeesAsync(ConditionTypes.MeshReady, ConditionStatus.Unknown, Reasons.ApiServerUnreachable, advice);
        Assert.DoesNotContain(other, await room.MessageAsync(ConditionTypes.MeshReady), StringComparison.Ordinal);

        await room.Azure.ChangeAsync(
            OtherAzureUser.Cluster,
            cluster =>
                Properties(cluster)["apiServerAccessProfile"] = Parse(
                    """{"authorizedIPRanges":["127.0.0.0/8"],"enableVnetIntegration":true}"""
                )
        );
        await room.HealsAsync(ConditionTypes.MeshReady);
    }

    [Fact, FailureRow(Reasons.AccessDenied)]
    public async Task A_cluster_that_denies_access_is_reported_until_MeshPort_has_its_role()
    {
        await using var room = await FailureRoom.ReadyAsync();

        room.Break(FaultLayer.Kubernetes, FaultKind.Refused);
        await room.SeesAsync(
            ConditionTypes.MeshReady,
            ConditionStatus.Unknown,
            Reasons.AccessDenied,
            "Azure Kubernetes Service RBAC Cluster Admin"
        );

        room.Mend();
        await room.HealsAsync(ConditionTypes.MeshReady);
    }

    [Fact, FailureRow(Reasons.AccessDenied)]
    public async Task A_kubeconfig_without_rights_or_with_an_old_credential_gets_no_advice_for_AKS()
    {
        using var files = new TestDirectory();
        var file = Path.Combine(files.Path, "theirs.yaml");
        await using var room = await FailureRoom.StartAsync(($"{ClusterConnections.Kubeconfigs}:theirs", file));
        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.True, Reasons.AsDesired, "");
        var good = room.Host.Sandbox.AdminKubeconfig(OtherAzureUser.Cluster);
        await File.WriteAllTextAsync(file, good, Token);
        await room.AskClusterAsync(FailureRoom.ByKubeconfig("theirs"));
        await room.HealsAsync(ConditionTypes.MeshReady);

        room.Break(FaultLayer.Kubernetes, FaultKind.Refused);
        await room.SeesAsync(
            ConditionTypes.MeshReady,
            ConditionStatus.Unknown,
            Reasons.AccessDenied,
            "Role or ClusterRole with this right to the user of kubeconfig theirs"
        );
        Assert.DoesNotContain("Azure", await room.MessageAsync(ConditionTypes.MeshReady), StringComparison.Ordinal);

        room.Mend();
        await room.HealsAsync(ConditionTypes.MeshReady);

        await File.WriteAllTextAsync(file, WithoutCredential(good), Token);
        await room.SeesAsync(
            ConditionTypes.MeshReady,
            ConditionStatus.Unknown,
            Reasons.AccessDenied,
            "must replace the file of MeshPort:Kubeconfigs:theirs"
        );

        await File.WriteAllTextAsync(file, good, Token);
        await room.HealsAsync(ConditionTypes.MeshReady);
    }

    [Fact, FailureRow(Reasons.LoadBalancerFailed)]
    public async Task A_port_that_the_cluster_cannot_bring_to_the_load_balancer_is_reported_and_others_stay_open()
    {
        await using var room = await FailureRoom.ReadyAsync();
        using var cluster = room.Host.Kubernetes();

        await ChangeRangesAsync(cluster, "nonsense");
        await room.Host.PutExposureAsync("late", MeshPortHost.Echo("late", 9001), Token);
        await Wait.UntilAsync(
            "the port waits for the load balancer",
            Walkthrough.Within,
            async () =>
                await room.Host.ConditionAsync($"{MeshPortHost.Cluster}/exposures/late", ConditionTypes.Reachable, Token)
                    is ("Unknown", Reasons.LoadBalancerFailed),
            Token
        );
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.True, Reasons.AsDesired, "");

        await ChangeRangesAsync(cluster, null);
        await Wait.UntilAsync(
            "the port is proven",
            Walkthrough.Within,
            async () =>
                await room.Host.ConditionAsync($"{MeshPortHost.Cluster}/exposures/late", ConditionTypes.Ready, Token) is ("True", _),
            Token
        );
    }

    [Fact, FailureRow(Reasons.LoadBalancerFailed)]
    public async Task A_companion_Service_without_an_address_has_the_clusters_words()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync(FailureRoom.ClusterWith("strategy", "companionService"));
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.True, Reasons.AsDesired, "");
        room.Break(FaultLayer.Arm, FaultKind.Refused, "PUT roleAssignments");
        var network = Assert.IsType<JsonObject>(MeshPortHost.ClusterSpec()["network"]);
        var assignments =
            OtherAzureUser.Network("virtualNetworks", $"{network["vnet"]}/subnets/{network["subnet"]}")
            + "/providers/Microsoft.Authorization/roleAssignments";
        await room.Azure.DeleteAsync($"{(await room.Azure.GetAsync(assignments))["value"]?[0]?["id"]}");

        await room.AskExposureAsync();
        await room.SeesAsync(ConditionTypes.PortOpen, ConditionStatus.Unknown, Reasons.LoadBalancerFailed, "may not use the subnet");

        room.Mend();
        await room.HealsAsync(ConditionTypes.PortOpen);
    }

    [Fact, FailureRow(Reasons.KubeconfigMissing)]
    public async Task A_missing_kubeconfig_is_reported_until_its_file_exists()
    {
        using var files = new TestDirectory();
        var file = Path.Combine(files.Path, "theirs.yaml");
        await using var room = await FailureRoom.StartAsync(($"{ClusterConnections.Kubeconfigs}:theirs", file));
        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.True, Reasons.AsDesired, "");

        await room.AskClusterAsync(FailureRoom.ByKubeconfig("theirs"));
        await room.SeesAsync(
            ConditionTypes.MeshReady,
            ConditionStatus.False,
            Reasons.KubeconfigMissing,
            "set MeshPort:Kubeconfigs:theirs to a file"
        );

        await File.WriteAllTextAsync(file, room.Host.Sandbox.AdminKubeconfig(OtherAzureUser.Cluster), Token);
        await room.HealsAsync(ConditionTypes.MeshReady);
    }

    [Fact, FailureRow(Reasons.InternalError)]
    public async Task An_unexpected_answer_ends_the_operation_and_is_tried_again()
    {
        using var files = new TestDirectory();
        var file = Path.Combine(files.Path, "theirs.yaml");
        await using var garbage = await GarbageServer.StartAsync(Token);
        await File.WriteAllTextAsync(file, garbage.Kubeconfig, Token);
        await using var room = await FailureRoom.StartAsync(($"{ClusterConnections.Kubeconfigs}:theirs", file));
        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.True, Reasons.AsDesired, "");

        await room.AskClusterAsync(FailureRoom.ByKubeconfig("theirs"));
        await room.SeesAsync(ConditionTypes.MeshReady, ConditionStatus.False, Reasons.InternalError, "report this if it persists");

        await File.WriteAllTextAsync(file, room.Host.Sandbox.AdminKubeconfig(OtherAzureUser.Cluster), Token);
        await room.HealsAsync(ConditionTypes.MeshReady);
    }

    private static string WithoutCredential(string kubeconfig) =>
        string.Join(
            '\n',
            kubeconfig
                .Split('\n')
                .Where(line => !line.Contains("client-key-data", StringComparison.Ordinal))
                .Select(line =>
                    line.Contains("client-certificate-data", StringComparison.Ordinal)
                        ? string.Concat(line.AsSpan(0, line.IndexOf('c', StringComparison.Ordinal)), "token: old")
                        : line
                )
        );

    /// <summary>Somebody annotates the add-on's Service; the cloud provider refuses ranges that are none.</summary>
    private static async Task ChangeRangesAsync(IKubernetes cluster, string? ranges)
    {
        const string annotation = "service.beta.kubernetes.io/azure-allowed-ip-ranges";
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [annotation] = ranges } } };
        await cluster.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch(patch.ToJsonString(), V1Patch.PatchType.MergePatch),
            "aks-istio-ingressgateway-external",
            "aks-istio-ingress",
            cancellationToken: Token
        );
    }

    private static JsonObject Istio(JsonObject cluster) => Assert.IsType<JsonObject>(Properties(cluster)["serviceMeshProfile"]?["istio"]);

    private static JsonObject Properties(JsonObject resource) => Assert.IsType<JsonObject>(resource["properties"]);

    private static JsonObject Parse(string json) => Assert.IsType<JsonObject>(JsonNode.Parse(json));
}
