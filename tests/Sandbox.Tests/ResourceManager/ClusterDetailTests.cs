using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

/// <summary>Smaller reads and actions of AKS, and the content of a node resource group.</summary>
public sealed class ClusterDetailTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private const string Locations =
        "/subscriptions/" + SandboxClients.Subscription + "/providers/Microsoft.ContainerService/locations/eastus2";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_location_lists_its_kubernetes_versions_for_new_and_old_clients()
    {
        var (_, minors, _) = await fixture.SendAsync("GET", $"{Locations}/kubernetesVersions?api-version=2026-07-01");
        var (_, old, _) = await fixture.SendAsync("GET", $"{Locations}/orchestrators?api-version=2019-04-01&resource-type=managedClusters");

        var standard = Assert.Single(minors["values"]!.AsArray(), minor => minor!["isDefault"] is not null)!;
        Assert.Equal("1.34", standard["version"]!.GetValue<string>());
        Assert.Equal(
            ["1.35.2", "1.35.1", "1.34.4"],
            standard["patchVersions"]!["1.34.3"]!["upgrades"]!.AsArray().Select(upgrade => upgrade!.GetValue<string>())
        );
        Assert.Equal(
            "1.34.4",
            Assert.Single(old["properties"]!["orchestrators"]!.AsArray(), version => version!["default"] is not null)![
                "orchestratorVersion"
            ]!.GetValue<string>()
        );
    }

    [Fact]
    public async Task A_node_group_has_the_resources_of_aks_until_the_cluster_is_deleted()
    {
        var path = await CreateAsync("nodegroup");
        var group = $"/subscriptions/{SandboxClients.Subscription}/resourceGroups/MC_nodegroup_c1_eastus2";

        var (_, listed, _) = await fixture.SendAsync("GET", $"{group}/resources?api-version=2021-04-01");
        Assert.Equal(
            [
                "Microsoft.Compute/virtualMachineScaleSets",
                "Microsoft.ManagedIdentity/userAssignedIdentities",
                "Microsoft.Network/loadBalancers",
                "Microsoft.Network/networkSecurityGroups",
                "Microsoft.Network/publicIPAddresses",
                "Microsoft.Network/virtualNetworks",
            ],
            listed["value"]!.AsArray().Select(resource => resource!["type"]!.GetValue<string>()).Order(StringComparer.Ordinal)
        );
        var identity = $"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/c1-agentpool?api-version=2023-01-31";
        Assert.Equal(
            (await fixture.SendAsync("GET", path)).Body["properties"]!["identityProfile"]!["kubeletidentity"]![
                "objectId"
            ]!.GetValue<string>(),
            (await fixture.SendAsync("GET", identity)).Body["properties"]!["principalId"]!.GetValue<string>()
        );

        await fixture.SendAsync("DELETE", path);
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Equal("ResourceGroupNotFound", ArmFixture.Code((await fixture.SendAsync("GET", identity)).Body));
        await fixture.Clients.GroupAsync("MC_nodegroup_c1_eastus2", Cancel);
        Assert.Empty((await fixture.SendAsync("GET", $"{group}/resources?api-version=2021-04-01")).Body["value"]!.AsArray());
    }

    [Fact]
    public async Task A_user_assigned_identity_has_the_ids_that_a_cluster_shows()
    {
        await fixture.Clients.GroupAsync("identities", Cancel);
        var id =
            $"/subscriptions/{SandboxClients.Subscription}/resourceGroups/identities/providers/Microsoft.ManagedIdentity/"
            + "userAssignedIdentities/id1";
        var path = id + "?api-version=2023-01-31";
        var created = await fixture.SendAsync("PUT", path, """{"location":"eastus2","tags":{"a":"b"}}""");
        Assert.Equal(201, created.Status);
        Assert.Equal(200, (await fixture.SendAsync("PUT", path, """{"location":"eastus2"}""")).Status);
        Assert.Equal("InvalidResourceLocation", ArmFixture.Code((await fixture.SendAsync("PUT", path, """{"location":"westus"}""")).Body));

        var (_, cluster, _) = await fixture.SendAsync(
            "PUT",
            Path("identities", ""),
            ArmFixture.Cluster(body =>
                body["identity"] = new JsonObject
                {
                    ["type"] = "UserAssigned",
                    ["userAssignedIdentities"] = new JsonObject { [id] = new JsonObject() },
                }
            )
        );

        Assert.Equal(
            created.Body["properties"]!["principalId"]!.GetValue<string>(),
            cluster["identity"]!["userAssignedIdentities"]![id]!["principalId"]!.GetValue<string>()
        );
        Assert.Equal(200, (await fixture.SendAsync("DELETE", path)).Status);
        Assert.Equal(204, (await fixture.SendAsync("DELETE", path)).Status);
    }

    [Fact]
    public async Task Machines_and_node_images_belong_to_a_pool()
    {
        await CreateAsync("machines");

        var (_, machines, _) = await fixture.SendAsync("GET", Path("machines", "/agentPools/nodepool1/machines"));
        Assert.Equal(
            ["aks-nodepool1-10000000-vmss000000", "aks-nodepool1-10000000-vmss000001"],
            machines["value"]!.AsArray().Select(machine => machine!["name"]!.GetValue<string>())
        );
        var (status, pool, message) = await fixture.SendAsync("POST", Path("machines", "/agentPools/nodepool1/upgradeNodeImageVersion"));
        Assert.Equal((202, "UpgradingNodeImageVersion"), (status, pool["properties"]!["provisioningState"]!.GetValue<string>()));
        Assert.NotNull(message.Headers.Location);
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Equal(
            "Succeeded",
            (await fixture.SendAsync("GET", Path("machines", "/agentPools/nodepool1"))).Body["properties"]![
                "provisioningState"
            ]!.GetValue<string>()
        );
    }

    [Theory]
    [InlineData("runCommand", "az aks get-credentials")]
    [InlineData("rotateClusterCertificates", "does not rotate")]
    public async Task What_is_not_simulated_is_refused_with_a_reason(string action, string reason)
    {
        var group = $"refused-{action}";
        await CreateAsync(group);

        var (status, body, _) = await fixture.SendAsync("POST", Path(group, $"/{action}"), """{"command":"kubectl get pods"}""");

        Assert.Equal((400, "NotSimulated"), (status, ArmFixture.Code(body)));
        Assert.Contains(reason, body["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Maintenance_configurations_are_kept_with_their_cluster()
    {
        var path = await CreateAsync("maintenance");
        var configuration = Path("maintenance", "/maintenanceConfigurations/default");

        Assert.Equal(400, (await fixture.SendAsync("PUT", Path("maintenance", "/maintenanceConfigurations/mine"), "{}")).Status);
        Assert.Equal(201, (await fixture.SendAsync("PUT", configuration, """{"properties":{"timeInWeek":[{"day":"Monday"}]}}""")).Status);
        Assert.Equal(
            "Monday",
            (await fixture.SendAsync("GET", configuration)).Body["properties"]!["timeInWeek"]![0]!["day"]!.GetValue<string>()
        );
        await fixture.SendAsync("DELETE", path);
        await ArmFixture.QuietAsync(fixture.Sandbox);
        await CreateAsync("maintenance");
        Assert.Empty((await fixture.SendAsync("GET", Path("maintenance", "/maintenanceConfigurations"))).Body["value"]!.AsArray());
    }

    [Theory]
    [InlineData("default", """{"weekly":{"intervalWeeks":1,"dayOfWeek":"Monday"}}""", 4, 201)]
    [InlineData("default", """{"daily":{"intervalDays":1}}""", 4, 400)]
    [InlineData("aksManagedAutoUpgradeSchedule", """{"daily":{"intervalDays":1}}""", 4, 400)]
    [InlineData("aksManagedNodeOSUpgradeSchedule", """{"daily":{"intervalDays":1}}""", 4, 201)]
    [InlineData("aksManagedNodeOSUpgradeSchedule", """{"daily":{"intervalDays":8}}""", 4, 400)]
    [InlineData("aksManagedNodeOSUpgradeSchedule", """{"daily":{"intervalDays":1}}""", 3, 400)]
    [InlineData("aksManagedAutoUpgradeSchedule", """{}""", 4, 400)]
    [InlineData("aksManagedAutoUpgradeSchedule", """{"weekly":{"intervalWeeks":1,"dayOfWeek":"Day"}}""", 4, 400)]
    [InlineData(
        "aksManagedAutoUpgradeSchedule",
        """{"relativeMonthly":{"intervalMonths":6,"dayOfWeek":"Monday","weekIndex":"Last"}}""",
        24,
        201
    )]
    public async Task A_maintenance_window_has_a_schedule_that_AKS_allows(string name, string schedule, int hours, int status)
    {
        var group = $"window-{Guid.NewGuid():N}";
        await CreateAsync(group);

        var answer = await fixture.SendAsync(
            "PUT",
            Path(group, $"/maintenanceConfigurations/{name}"),
            $$$"""
            {"properties":{"maintenanceWindow":{"schedule":{{{schedule}}},"durationHours":{{{hours}}},"startTime":"02:00"} } }
            """
        );

        Assert.True(status == answer.Status, answer.Body.ToJsonString());
        Assert.Equal(status == 201 ? "+00:00" : null, answer.Body["properties"]?["maintenanceWindow"]?["utcOffset"]?.GetValue<string>());
        Assert.Equal(status == 201, answer.Body["properties"]?["maintenanceWindow"]?["startDate"] is not null);
    }

    [Fact]
    public async Task A_version_that_does_not_know_the_mesh_leaves_it_alone()
    {
        await fixture.Clients.GroupAsync("keeps", Cancel);
        var path = ArmFixture.ClusterPath("keeps", "c1");
        await fixture.SendAsync(
            "PUT",
            path,
            ArmFixture.Cluster(cluster => cluster["properties"]!["serviceMeshProfile"] = new JsonObject { ["mode"] = "Istio" })
        );
        await ArmFixture.QuietAsync(fixture.Sandbox);
        var old = path.Replace(SandboxClients.ClusterApiVersion, "2022-11-01", StringComparison.Ordinal);

        var (_, read, _) = await fixture.SendAsync("GET", old);
        Assert.Null(read["properties"]!["serviceMeshProfile"]);
        Assert.Null(read["properties"]!["networkProfile"]!["networkPluginMode"]);
        read["properties"]!["agentPoolProfiles"]![0]!["count"] = 3;
        Assert.Equal(200, (await fixture.SendAsync("PUT", old, read.ToJsonString())).Status);
        await ArmFixture.QuietAsync(fixture.Sandbox);

        var (_, after, _) = await fixture.SendAsync("GET", path);
        Assert.Equal("Istio", after["properties"]!["serviceMeshProfile"]!["mode"]!.GetValue<string>());
        Assert.Equal("overlay", after["properties"]!["networkProfile"]!["networkPluginMode"]!.GetValue<string>());
        Assert.Equal(3, after["properties"]!["agentPoolProfiles"]![0]!["count"]!.GetValue<int>());
    }

    private static string Path(string group, string suffix) => ArmFixture.ClusterPath(group, "c1", suffix);

    private async Task<string> CreateAsync(string group)
    {
        await fixture.Clients.GroupAsync(group, Cancel);
        var path = Path(group, "");
        var (status, body, _) = await fixture.SendAsync(
            "PUT",
            path,
            ArmFixture.Cluster(cluster => cluster["identity"] = new JsonObject { ["type"] = "SystemAssigned" })
        );
        Assert.True(status == 201, body.ToJsonString());
        await ArmFixture.QuietAsync(fixture.Sandbox);
        return path;
    }
}
