using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class ClusterTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_create_follows_the_documented_exchange()
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = 60 }, Cancel);
        using var clients = new SandboxClients(sandbox);
        await clients.GroupAsync("rg", Cancel);

        var (status, body, message) = await ArmFixture.SendAsync(clients, "PUT", ArmFixture.ClusterPath("rg", "c1"), ArmFixture.Cluster());
        var poll = Assert.Single(message.Headers.GetValues("Azure-AsyncOperation"));

        Assert.Equal((201, "Creating"), (status, body["properties"]!["provisioningState"]!.GetValue<string>()));
        Assert.Null(body["eTag"]);
        Assert.Equal("15", Assert.Single(message.Headers.GetValues("Retry-After")));
        Assert.StartsWith($"{sandbox.ResourceManagerEndpoint}subscriptions/", poll, StringComparison.Ordinal);
        var running = await ArmFixture.SendAsync(clients, "GET", poll.Replace("2025-03-01", "2026-03-01", StringComparison.Ordinal));
        Assert.Equal((200, "InProgress"), (running.Status, running.Body["status"]!.GetValue<string>()));
        Assert.Equal(403, (await ArmFixture.SendAsync(clients, "GET", poll[..poll.IndexOf("&c=", StringComparison.Ordinal)])).Status);
    }

    [Fact]
    public async Task A_second_operation_is_refused_while_one_runs()
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = 1 }, Cancel);
        using var clients = new SandboxClients(sandbox);
        await clients.GroupAsync("rg", Cancel);
        await ArmFixture.SendAsync(clients, "PUT", ArmFixture.ClusterPath("rg", "c1"), ArmFixture.Cluster());

        foreach (
            var (method, suffix, content) in new[]
            {
                ("PUT", "", ArmFixture.Cluster()),
                ("DELETE", "", null),
                ("PATCH", "", """{"tags":{}}"""),
                ("POST", "/listClusterUserCredential", null),
            }
        )
        {
            var (status, body, _) = await ArmFixture.SendAsync(clients, method, ArmFixture.ClusterPath("rg", "c1", suffix), content);
            Assert.Equal((409, "OperationNotAllowed"), (status, body["code"]?.GetValue<string>()));
        }

        Assert.Single(sandbox.Operations, operation => operation.Kind == "managedClusters/create");
    }

    [Fact]
    public async Task Etags_guard_updates_by_the_reference_table()
    {
        await fixture.Clients.GroupAsync("etags", Cancel);
        var path = ArmFixture.ClusterPath("etags", "c1");
        Assert.Equal(412, await PutAsync(path, ("If-Match", "*")));
        Assert.Equal(412, await PutAsync(path, ("If-Match", "x")));
        Assert.Equal(400, await PutAsync(path, ("If-None-Match", "x")));
        Assert.Equal(400, await PutAsync(path, ("If-Match", "*"), ("If-None-Match", "*")));
        Assert.Equal(404, (await fixture.SendAsync("PATCH", path, """{"tags":{}}""", ("If-Match", "*"))).Status);
        Assert.Equal(204, (await fixture.SendAsync("DELETE", path, null, ("If-Match", "x"))).Status);
        Assert.Equal(201, await PutAsync(path, ("If-None-Match", "*")));
        await ArmFixture.QuietAsync(fixture.Sandbox);

        var created = await EtagAsync(path);
        Assert.Equal(412, await PutAsync(path, ("If-None-Match", "*")));
        Assert.Equal(412, await PutAsync(path, ("If-Match", "x")));
        Assert.Equal(412, (await fixture.SendAsync("DELETE", path, null, ("If-Match", "x"))).Status);
        Assert.Equal(200, await PutAsync(path, ("If-Match", created)));
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.NotEqual(created, await EtagAsync(path));
        Assert.Equal(200, await PutAsync(path, ("If-Match", "*")));
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Equal(202, (await fixture.SendAsync("DELETE", path, null, ("If-Match", await EtagAsync(path)))).Status);
    }

    [Fact]
    public async Task A_put_replaces_the_whole_cluster_and_a_patch_only_its_tags()
    {
        await fixture.Clients.GroupAsync("puts", Cancel);
        var path = ArmFixture.ClusterPath("puts", "c1");
        await CreateAsync(
            path,
            ArmFixture.Cluster(body =>
            {
                body["tags"] = new JsonObject { ["a"] = "1" };
                body["properties"]!["serviceMeshProfile"] = Mesh("asm-1-30", "External");
            })
        );

        var patched = await fixture.SendAsync("PATCH", path, """{"tags":{"b":"2"}}""");
        Assert.Equal("""{"b":"2"}""", patched.Body["tags"]!.ToJsonString());
        Assert.Equal("Istio", patched.Body["properties"]!["serviceMeshProfile"]!["mode"]!.GetValue<string>());
        await CreateAsync(path, ArmFixture.Cluster(), 200);
        var (_, cluster, _) = await fixture.SendAsync("GET", path);

        Assert.Null(cluster["tags"]);
        Assert.Equal("""{"mode":"Disabled"}""", cluster["properties"]!["serviceMeshProfile"]!.ToJsonString());
        Assert.Equal("1.34.4", cluster["properties"]!["currentKubernetesVersion"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("2026-03-01", """{"serviceMeshProfile":{"mode":"Istio"}}""")]
    [InlineData("2026-08-02-preview", "{}")]
    [InlineData("2025-01-01", """{"networkProfile":{"networkPlugin":"azure","networkDataplane":"cilium"}}""")]
    [InlineData("2022-11-01", """{"networkProfile":{"networkPlugin":"kubenet","dockerBridgeCidr":"172.17.0.1/16"}}""")]
    [InlineData("2019-02-01", """{"networkProfile":{"networkPlugin":"azure"}}""")]
    public async Task A_cluster_can_be_put_again_as_it_was_read(string version, string properties)
    {
        var group = $"again-{version}";
        await fixture.Clients.GroupAsync(group, Cancel);
        var path = $"{SandboxClients.ClusterId(group, "c1")}?api-version={version}";
        await CreateAsync(
            path,
            ArmFixture.Cluster(body =>
            {
                var wanted = JsonNode.Parse(properties)!.AsObject();
                wanted["agentPoolProfiles"] = JsonNode.Parse(
                    """[{"name":"nodepool1","count":1,"vmSize":"Standard_D2s_v5","osType":"Linux"}]"""
                );
                body["properties"] = wanted;
                body["identity"] = new JsonObject { ["type"] = "SystemAssigned" };
                body["sku"] = new JsonObject { ["name"] = "Base", ["tier"] = "Free" };
            })
        );
        var (_, before, _) = await fixture.SendAsync(
            "GET",
            path.ToUpperInvariant().Replace("API-VERSION", "api-version", StringComparison.Ordinal).Replace("PREVIEW", "preview")
        );

        await CreateAsync(path, before.ToJsonString(), 200);
        var (_, after, _) = await fixture.SendAsync("GET", path);

        foreach (var changing in new[] { before, after })
        {
            changing.Remove("eTag");
            changing["properties"]!["agentPoolProfiles"]![0]!.AsObject().Remove("eTag");
        }

        Assert.True(JsonNode.DeepEquals(before, after), $"{before.ToJsonString()}\n{after.ToJsonString()}");
    }

    /// <summary>As recorded by Azure CLI's own tests in April 2026 (test_aks_create_and_update_with_app_routing_istio.yaml).</summary>
    [Fact]
    public async Task A_new_cluster_has_the_defaults_of_aks()
    {
        await fixture.Clients.GroupAsync("defaults", Cancel);
        var path = ArmFixture.ClusterPath("defaults", "c1");
        await CreateAsync(
            path,
            """
            {"location":"eastus2","properties":{"agentPoolProfiles":[{"name":"nodepool1","orchestratorVersion":"","vmSize":"",
            "osType":"Linux",
            "enableNodePublicIP":false,"count":3,"enableAutoScaling":false,"scaleSetPriority":"Regular","nodeTaints":[],
            "upgradeSettings":{},
            "type":"VirtualMachineScaleSets","enableEncryptionAtHost":false,"enableUltraSSD":false,"enableFIPS":false,"mode":"System"}],
            "kubernetesVersion":"","dnsPrefix":"c1-defaults","disableLocalAccounts":false,"enableRBAC":true,"networkProfile":{
            "loadBalancerSku":"standard","outboundType":"loadBalancer"},"addonProfiles":{},"storageProfile":{},
            "bootstrapProfile":{"artifactSource":"Direct"}},"identity":{"type":"SystemAssigned"},"sku":{"name":"Base","tier":"Free"}}
            """
        );

        var (_, cluster, _) = await fixture.SendAsync("GET", path);
        var properties = cluster["properties"]!.AsObject();
        var pool = Assert.Single(properties["agentPoolProfiles"]!.AsArray())!.AsObject();
        var expected = JsonNode.Parse(
            """
            {"pool":{"name":"nodepool1","count":3,"vmSize":"Standard_D2s_v5","osDiskSizeGB":128,"osDiskType":"Managed",
            "kubeletDiskType":"OS",
            "maxPods":250,"type":"VirtualMachineScaleSets","enableAutoScaling":false,"scaleDownMode":"Delete",
            "provisioningState":"Succeeded",
            "powerState":{"code":"Running"},"orchestratorVersion":"1.34","currentOrchestratorVersion":"1.34.4","enableNodePublicIP":false,
            "nodeLabels":{},"mode":"System","enableEncryptionAtHost":false,"enableUltraSSD":false,"osType":"Linux","osSKU":"Ubuntu",
            "nodeImageVersion":"AKSUbuntu-2204gen2containerd-202604.13.0","upgradeSettings":{"maxSurge":"10%","maxUnavailable":"0"},
            "enableFIPS":false,"securityProfile":{"enableVTPM":false,"enableSecureBoot":false}},
            "networkProfile":{"networkPlugin":"azure","networkPluginMode":"overlay","networkPolicy":"none","networkDataplane":"azure",
            "loadBalancerSku":"standard","loadBalancerProfile":{"managedOutboundIPs":{"count":1},"backendPoolType":"nodeIPConfiguration"},
            "podCidr":"10.244.0.0/16","serviceCidr":"10.0.0.0/16","dnsServiceIP":"10.0.0.10","outboundType":"loadBalancer",
            "podCidrs":["10.244.0.0/16"],"serviceCidrs":["10.0.0.0/16"],"ipFamilies":["IPv4"]},
            "rest":{"autoUpgradeProfile":{"nodeOSUpgradeChannel":"NodeImage"},"storageProfile":{"diskCSIDriver":{"enabled":true},
            "fileCSIDriver":{"enabled":true},"snapshotController":{"enabled":true}},"workloadAutoScalerProfile":{},
            "metricsProfile":{"costAnalysis":{"enabled":false}},"nodeProvisioningProfile":{"mode":"Manual","defaultNodePools":"Auto"},
            "bootstrapProfile":{"artifactSource":"Direct"},"securityProfile":{},"supportPlan":"KubernetesOfficial"}}
            """
        )!;
        var outbound = Assert.Single(properties["networkProfile"]!["loadBalancerProfile"]!["effectiveOutboundIPs"]!.AsArray())!;
        properties["networkProfile"]!["loadBalancerProfile"]!.AsObject().Remove("effectiveOutboundIPs");
        Assert.Contains("/MC_defaults_c1_eastus2/providers/Microsoft.Network/publicIPAddresses/", outbound["id"]!.GetValue<string>());
        Assert.EndsWith(
            "/userAssignedIdentities/c1-agentpool",
            properties["identityProfile"]!["kubeletidentity"]!["resourceId"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
        pool.Remove("eTag");
        AssertSame(expected["pool"], pool);
        AssertSame(expected["networkProfile"], properties["networkProfile"]);
        foreach (var (name, value) in expected["rest"]!.AsObject())
        {
            AssertSame(value, properties[name]);
        }

        Assert.DoesNotContain(cluster, property => property.Key is "systemData" or "tags");
        Assert.DoesNotContain(properties, property => property.Key == "addonProfiles");
    }

    private static void AssertSame(JsonNode? expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(expected, actual), $"{expected?.ToJsonString()}\n{actual?.ToJsonString()}");

    [Fact]
    public async Task A_cluster_is_listed_with_its_pools_and_deleted_with_its_node_group()
    {
        await fixture.Clients.GroupAsync("lists", Cancel);
        var path = ArmFixture.ClusterPath("lists", "c1");
        await CreateAsync(path, ArmFixture.Cluster());
        var nodes = $"/subscriptions/{SandboxClients.Subscription}/resourceGroups/MC_lists_c1_eastus2?api-version=2022-09-01";

        Assert.Single(
            (await fixture.SendAsync("GET", ArmFixture.ClusterPath("lists", "").Replace("/?", "?", StringComparison.Ordinal))).Body[
                "value"
            ]!.AsArray()
        );
        Assert.Equal(
            2,
            (await fixture.SendAsync("GET", ArmFixture.ClusterPath("lists", "c1", "/agentPools/nodepool1"))).Body["properties"]![
                "count"
            ]!.GetValue<int>()
        );
        Assert.Equal(200, (await fixture.SendAsync("GET", nodes)).Status);

        var deleted = await fixture.SendAsync("DELETE", path);
        Assert.Equal(202, deleted.Status);
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Equal(204, (await fixture.SendAsync("GET", deleted.Message.Headers.Location!.PathAndQuery)).Status);
        Assert.Equal("ResourceNotFound", ArmFixture.Code((await fixture.SendAsync("GET", path)).Body));
        Assert.Equal(404, (await fixture.SendAsync("GET", nodes)).Status);
    }

    [Fact]
    public async Task Static_credentials_are_refused_when_local_accounts_are_disabled()
    {
        await fixture.Clients.GroupAsync("creds", Cancel);
        await CreateAsync(ArmFixture.ClusterPath("creds", "open"), ArmFixture.Cluster());
        await CreateAsync(
            ArmFixture.ClusterPath("creds", "entra"),
            ArmFixture.Cluster(body =>
            {
                body["properties"]!["aadProfile"] = new JsonObject { ["managed"] = true };
                body["properties"]!["disableLocalAccounts"] = true;
            })
        );

        var admin = await fixture.SendAsync("POST", ArmFixture.ClusterPath("creds", "open", "/listClusterAdminCredential"));
        var user = await fixture.SendAsync("POST", ArmFixture.ClusterPath("creds", "entra", "/listClusterUserCredential") + "&format=exec");
        var refused = await fixture.SendAsync("POST", ArmFixture.ClusterPath("creds", "entra", "/listClusterAdminCredential"));

        var azure = await fixture.SendAsync(
            "POST",
            ArmFixture.ClusterPath("creds", "entra", "/listClusterUserCredential") + "&format=azure"
        );
        var profile = await fixture.SendAsync(
            "POST",
            ArmFixture.ClusterPath("creds", "open", "/accessProfiles/clusterAdmin/listCredential")
        );
        var refusedProfile = await fixture.SendAsync(
            "POST",
            ArmFixture.ClusterPath("creds", "entra", "/accessProfiles/clusterUser/listCredential")
        );

        Assert.Contains("command: kubelogin", Kubeconfig(user.Body["kubeconfigs"]![0]!["value"]), StringComparison.Ordinal);
        Assert.Contains("auth-provider:", Kubeconfig(azure.Body["kubeconfigs"]![0]!["value"]), StringComparison.Ordinal);
        Assert.Contains("client-key-data:", Kubeconfig(profile.Body["properties"]!["kubeConfig"]), StringComparison.Ordinal);
        Assert.Equal((400, "BadRequest"), (refusedProfile.Status, ArmFixture.Code(refusedProfile.Body)));
        Assert.Equal("clusterAdmin", admin.Body["kubeconfigs"]![0]!["name"]!.GetValue<string>());
        Assert.Equal("clusterUser", user.Body["kubeconfigs"]![0]!["name"]!.GetValue<string>());
        Assert.Equal((400, "BadRequest"), (refused.Status, ArmFixture.Code(refused.Body)));
    }

    private static string Kubeconfig(JsonNode? base64)
    {
        var text = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(base64!.GetValue<string>())); // the reads below assert it
        Assert.NotNull(k8s.KubernetesYaml.Deserialize<k8s.KubeConfigModels.K8SConfiguration>(text).CurrentContext);
        return text;
    }

    private static JsonObject Mesh(string revision, params string[] gateways) =>
        new()
        {
            ["mode"] = "Istio",
            ["istio"] = new JsonObject
            {
                ["revisions"] = new JsonArray(revision),
                ["components"] = new JsonObject
                {
                    ["ingressGateways"] = new JsonArray([
                        .. gateways.Select(mode => new JsonObject { ["enabled"] = true, ["mode"] = mode }),
                    ]),
                },
            },
        };

    private async Task CreateAsync(string path, string body, int expected = 201)
    {
        var answer = await fixture.SendAsync("PUT", path, body);
        Assert.True(answer.Status == expected, answer.Body.ToJsonString());
        await ArmFixture.QuietAsync(fixture.Sandbox);
    }

    private async Task<int> PutAsync(string path, params (string Name, string Value)[] headers) =>
        (await fixture.SendAsync("PUT", path, ArmFixture.Cluster(), headers)).Status;

    private async Task<string> EtagAsync(string path) => (await fixture.SendAsync("GET", path)).Body["eTag"]!.GetValue<string>();
}
