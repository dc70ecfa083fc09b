using System.Text.Json.Nodes;
using k8s;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class UpgradeTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_upgrades_one_minor_version_at_a_time_and_never_downgrades()
    {
        var steps = new ClusterSteps(fixture, "versions");
        await steps.CreateAsync();

        var skipped = await steps.ChangeAsync(properties => ToVersion(properties, "1.36"));
        var back = await steps.ChangeAsync(properties => ToVersion(properties, "1.33.8"));
        var upgrading = await steps.ChangeAsync(properties => ToVersion(properties, "1.35"));

        Assert.Equal((400, "OperationNotAllowed"), (skipped.Status, ArmFixture.Code(skipped.Body)));
        Assert.Contains(
            "Upgrading Kubernetes version 1.34.4 to 1.36.1 is not allowed. Available upgrades: [1.35.2 1.35.1]",
            skipped.Body.ToJsonString(),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Downgrading Kubernetes version 1.34.4 to 1.33.8 is not allowed",
            back.Body.ToJsonString(),
            StringComparison.Ordinal
        );
        Assert.Equal(
            ("Upgrading", "1.34.4"),
            (
                upgrading.Body["properties"]!["provisioningState"]!.GetValue<string>(),
                upgrading.Body["properties"]!["currentKubernetesVersion"]!.GetValue<string>()
            )
        );

        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Equal("1.35.2", (await steps.PropertiesAsync())["currentKubernetesVersion"]!.GetValue<string>());
        using var kubernetes = steps.Kubernetes();
        Assert.All(
            (await kubernetes.CoreV1.ListNodeAsync(cancellationToken: Cancel)).Items,
            node => Assert.Equal("v1.35.2", node.Status.NodeInfo.KubeletVersion)
        );
    }

    [Fact]
    public async Task The_control_plane_can_be_newer_than_its_pools_and_pools_upgrade_separately()
    {
        var steps = new ClusterSteps(fixture, "skew");
        await steps.CreateAsync(body => body["properties"]!["kubernetesVersion"] = "1.34.3");

        var mixed = await steps.ChangeAsync(properties => properties["agentPoolProfiles"]![0]!["orchestratorVersion"] = "1.35");
        await steps.ChangedAsync(properties => properties["kubernetesVersion"] = "1.35");
        var profile = (await steps.SendAsync("GET", "/upgradeProfiles/default")).Body["properties"]!;
        var upgrading = await steps.SendAsync(
            "PUT",
            "/agentPools/nodepool1",
            """{"properties":{"count":2,"orchestratorVersion":"1.35"}}"""
        );
        await ArmFixture.QuietAsync(fixture.Sandbox);

        Assert.Equal((400, "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged"), (mixed.Status, ArmFixture.Code(mixed.Body)));
        Assert.Equal("1.35.2", profile["controlPlaneProfile"]!["kubernetesVersion"]!.GetValue<string>());
        Assert.Equal("1.36.1", profile["controlPlaneProfile"]!["upgrades"]![0]!["kubernetesVersion"]!.GetValue<string>());
        Assert.Equal("1.34.3", profile["agentPoolProfiles"]![0]!["kubernetesVersion"]!.GetValue<string>());
        Assert.Equal(
            ["1.35.2", "1.35.1", "1.34.4"],
            profile["agentPoolProfiles"]![0]!["upgrades"]!.AsArray().Select(version => version!["kubernetesVersion"]!.GetValue<string>())
        );
        Assert.Equal("Upgrading", upgrading.Body["properties"]!["provisioningState"]!.GetValue<string>());
        Assert.Equal("1.35.2", (await steps.PropertiesAsync("/agentPools/nodepool1"))["currentOrchestratorVersion"]!.GetValue<string>());
        // The control plane has no newer version.
        var pool = await steps.PropertiesAsync("/agentPools/nodepool1/upgradeProfiles/default");
        Assert.Empty(pool["upgrades"]!.AsArray());
        Assert.Equal(
            (await steps.PropertiesAsync("/agentPools/nodepool1"))["nodeImageVersion"]!.GetValue<string>(),
            pool["latestNodeImageVersion"]!.GetValue<string>()
        );
        Assert.Equal(
            "1.35.2",
            (await steps.PropertiesAsync("/availableAgentPoolVersions"))["agentPoolVersions"]!
                .AsArray()
                .Single(version => version!["default"] is not null)!["kubernetesVersion"]!.GetValue<string>()
        );
    }

    [Fact]
    public async Task A_mesh_is_upgraded_by_canary_and_completed_or_rolled_back()
    {
        var steps = new ClusterSteps(fixture, "canary");
        await steps.CreateAsync(body => body["properties"]!["serviceMeshProfile"] = ClusterSteps.Mesh("asm-1-28"));
        var offered = (await steps.SendAsync("GET", "/meshUpgradeProfiles/istio")).Body["properties"]!;
        Assert.Equal(("asm-1-28", "asm-1-29"), (offered["revision"]!.GetValue<string>(), offered["upgrades"]![0]!.GetValue<string>()));

        var atOnce = await steps.ChangeAsync(properties => properties["serviceMeshProfile"] = ClusterSteps.Mesh("asm-1-29"));
        Assert.Equal((400, "BadRequest"), (atOnce.Status, ArmFixture.Code(atOnce.Body)));

        await steps.ChangedAsync(properties => properties["serviceMeshProfile"] = ClusterSteps.Mesh("asm-1-28", "asm-1-30"));
        Assert.Equal(["asm-1-28", "asm-1-30"], await ControlPlanesAsync(steps));
        Assert.Empty((await steps.SendAsync("GET", "/meshUpgradeProfiles")).Body["value"]![0]!["properties"]!["upgrades"]!.AsArray());
        await steps.ChangedAsync(properties => properties["serviceMeshProfile"] = ClusterSteps.Mesh("asm-1-28"));
        Assert.Equal(["asm-1-28"], await ControlPlanesAsync(steps));

        await steps.ChangedAsync(properties => properties["serviceMeshProfile"] = ClusterSteps.Mesh("asm-1-28", "asm-1-29"));
        await steps.ChangedAsync(properties => properties["serviceMeshProfile"] = ClusterSteps.Mesh("asm-1-29"));
        Assert.Equal(["asm-1-29"], await ControlPlanesAsync(steps));

        await steps.ChangedAsync(properties => properties["serviceMeshProfile"] = new JsonObject { ["mode"] = "Disabled" });
        Assert.Empty((await steps.SendAsync("GET", "/meshUpgradeProfiles")).Body["value"]!.AsArray());
        using var kubernetes = steps.Kubernetes();
        Assert.DoesNotContain(
            (await kubernetes.CoreV1.ListNamespaceAsync(cancellationToken: Cancel)).Items,
            home => home.Metadata.Name.StartsWith("aks-istio", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task An_operation_is_a_resource_of_its_cluster_in_preview_versions()
    {
        var steps = new ClusterSteps(fixture, "history");
        await steps.CreateAsync();
        var path = steps.Path("/operations").Replace(SandboxClients.ClusterApiVersion, "2026-06-02-preview", StringComparison.Ordinal);

        var list = await fixture.SendAsync("GET", path);
        var latest = await fixture.SendAsync("GET", path.Replace("/operations", "/operations/latest", StringComparison.Ordinal));
        var stable = await steps.SendAsync("GET", "/operations");

        var one = Assert.Single(list.Body["value"]!.AsArray())!;
        Assert.Equal(
            ("Succeeded", "PutManagedCluster", "Creating"),
            (one["status"]!.GetValue<string>(), one["operationType"]!.GetValue<string>(), one["subOperationType"]!.GetValue<string>())
        );
        Assert.True(JsonNode.DeepEquals(one, latest.Body));
        Assert.Equal(404, stable.Status);
    }

    private static void ToVersion(JsonObject properties, string version)
    {
        properties["kubernetesVersion"] = version;
        properties["agentPoolProfiles"]![0]!["orchestratorVersion"] = version;
    }

    private static async Task<IEnumerable<string>> ControlPlanesAsync(ClusterSteps steps)
    {
        using var kubernetes = steps.Kubernetes();
        return (await kubernetes.AppsV1.ListNamespacedDeploymentAsync("aks-istio-system", cancellationToken: Cancel)).Items.Select(
            deployment => deployment.Metadata.Labels["istio.io/rev"]
        );
    }
}
