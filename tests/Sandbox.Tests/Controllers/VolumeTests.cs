using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;
using static MeshPort.Sandbox.Tests.Controllers.Manifests;

namespace MeshPort.Sandbox.Tests.Controllers;

public sealed class VolumeTests
{
    [Fact]
    public async Task A_disk_is_made_when_a_pod_uses_its_claim()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync($"{Core}/persistentvolumeclaims", Claim("data", ""));
        await Wait.UntilAsync(
            async () => (await cluster.ListAsync($"{Core}/events")).Any(item => item.Text("reason") == "WaitForFirstConsumer"),
            TestCluster.Token
        );
        Assert.Equal("Pending", (await cluster.ReadAsync($"{Core}/persistentvolumeclaims/data")).Text("status", "phase"));

        await cluster.CreateAsync($"{Core}/pods", UsingPod);

        var claim = await cluster.UntilAsync($"{Core}/persistentvolumeclaims/data", found => found.Text("status", "phase") == "Bound");
        var volume = await cluster.ReadAsync($"/api/v1/persistentvolumes/{claim.Text("spec", "volumeName")}");
        Assert.Equal("disk.csi.azure.com", volume.Text("spec", "csi", "driver"));
        await cluster.UntilAsync($"{Core}/pods/user", found => found.Has("Ready"));
    }

    [Fact]
    public async Task A_claim_outlives_its_deletion_while_a_pod_uses_it()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync($"{Core}/persistentvolumeclaims", Claim("data", ""));
        await cluster.CreateAsync($"{Core}/pods", UsingPod);
        await cluster.UntilAsync($"{Core}/persistentvolumeclaims/data", found => found.Text("status", "phase") == "Bound");

        await cluster.ExpectAsync(200, HttpMethod.Delete, $"{Core}/persistentvolumeclaims/data");
        Assert.NotNull((await cluster.ReadAsync($"{Core}/persistentvolumeclaims/data")).Text("metadata", "deletionTimestamp"));

        await cluster.ExpectAsync(200, HttpMethod.Delete, $"{Core}/pods/user");
        await Wait.UntilAsync(async () => (await cluster.ListAsync($"{Core}/persistentvolumeclaims")).Length == 0, TestCluster.Token);
        await Wait.UntilAsync(async () => (await cluster.ListAsync("/api/v1/persistentvolumes")).Length == 0, TestCluster.Token);
    }

    [Fact]
    public async Task A_pod_without_its_claim_is_not_scheduled()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync($"{Core}/pods", UsingPod);

        var pod = await cluster.UntilAsync($"{Core}/pods/user", found => found.Has("PodScheduled", "False"));

        Assert.StartsWith(
            "0/2 nodes are available: persistentvolumeclaim \"data\" not found.",
            pod.Items("status", "conditions").First().Text("message"),
            StringComparison.Ordinal
        );
        await cluster.CreateAsync($"{Core}/persistentvolumeclaims", Claim("data", ""));
        await cluster.UntilAsync($"{Core}/pods/user", found => found.Has("Ready"));
    }

    [Fact]
    public async Task A_volume_of_ones_own_is_bound_and_kept()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync(
            "/api/v1/persistentvolumes",
            """
            {"metadata":{"name":"mine"},"spec":{"capacity":{"storage":"5Gi"},"accessModes":["ReadWriteOnce"],"storageClassName":"manual",
            "hostPath":{"path":"/data"} } }
            """
        );
        await cluster.CreateAsync($"{Core}/persistentvolumeclaims", Claim("data", ""","storageClassName":"manual" """));
        await cluster.UntilAsync($"{Core}/persistentvolumeclaims/data", found => found.Text("spec", "volumeName") == "mine");

        await cluster.ExpectAsync(200, HttpMethod.Delete, $"{Core}/persistentvolumeclaims/data");

        await cluster.UntilAsync("/api/v1/persistentvolumes/mine", found => found.Text("status", "phase") == "Released");
    }

    private const string UsingPod = """
        {"metadata":{"name":"user"},"spec":{"containers":[{"name":"c","image":"nginx"}],
        "volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"data"} }]} }
        """;

    private static string Claim(string name, string more) =>
        $$"""
            {"metadata":{"name":"{{name}}"},
            "spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"} }{{more}} } }
            """;
}
