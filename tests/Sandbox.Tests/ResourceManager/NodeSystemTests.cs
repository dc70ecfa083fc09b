using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

/// <summary>Operating systems of nodes, and the workloads that depend on a cluster's network.</summary>
public sealed class NodeSystemTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_windows_pool_has_windows_nodes_that_run_no_linux_images()
    {
        var steps = new ClusterSteps(fixture, "windows");
        await steps.CreateAsync();
        await steps.DoneAsync("PUT", "/agentPools/npwin", 201, """{"properties":{"osType":"Windows","count":1}}""");

        Assert.StartsWith(
            "AKSWindows-2022-containerd-20348.",
            (await steps.PropertiesAsync("/agentPools/npwin"))["nodeImageVersion"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
        using var kubernetes = steps.Kubernetes();
        var node = await kubernetes.CoreV1.ReadNodeAsync("aksnpwin000000", cancellationToken: Cancel);
        Assert.Equal(("windows", "Windows Server 2022 Datacenter"), (node.Status.NodeInfo.OperatingSystem, node.Status.NodeInfo.OsImage));
        Assert.Equal("windows", node.Labels()["kubernetes.io/os"]);
        Assert.All(
            (await kubernetes.CoreV1.ListPodForAllNamespacesAsync(cancellationToken: Cancel)).Items,
            pod => Assert.NotEqual("aksnpwin000000", pod.Spec.NodeName)
        );

        await PodAsync(kubernetes, "linux", "nginx");
        await PodAsync(kubernetes, "windows", "mcr.microsoft.com/windows/servercore:ltsc2022");

        await Wait.UntilAsync(async () => (await ReadAsync("windows")).Status.Phase == "Running", Cancel);
        await Wait.UntilAsync(
            async () =>
                (await ReadAsync("linux")).Status.ContainerStatuses?[0].State.Waiting?.Reason is "ErrImagePull" or "ImagePullBackOff",
            Cancel
        );
        var events = await kubernetes.CoreV1.ListNamespacedEventAsync(
            "default",
            fieldSelector: "involvedObject.name=linux,reason=Failed",
            cancellationToken: Cancel
        );
        Assert.Contains(
            events.Items,
            problem => problem.Message.EndsWith("\"nginx\": no match for platform in manifest: not found", StringComparison.Ordinal)
        );

        Task<V1Pod> ReadAsync(string name) => kubernetes.CoreV1.ReadNamespacedPodAsync(name, "default", cancellationToken: Cancel);
    }

    [Theory]
    [InlineData("kubenet", false)]
    [InlineData("azure", true)]
    public async Task Only_azure_cni_runs_azure_cns(string plugin, bool runs)
    {
        var steps = new ClusterSteps(fixture, $"plugin-{plugin}");
        await steps.CreateAsync(body => body["properties"]!["networkProfile"] = new JsonObject { ["networkPlugin"] = plugin });
        using var kubernetes = steps.Kubernetes();

        var sets = await kubernetes.AppsV1.ListNamespacedDaemonSetAsync("kube-system", cancellationToken: Cancel);

        Assert.Contains("kube-proxy", sets.Items.Select(set => set.Name()));
        Assert.Equal(runs, sets.Items.Any(set => set.Name() == "azure-cns"));
    }

    private static Task<V1Pod> PodAsync(k8s.Kubernetes kubernetes, string name, string image) =>
        kubernetes.CoreV1.CreateNamespacedPodAsync(
            new V1Pod
            {
                Metadata = new V1ObjectMeta { Name = name },
                Spec = new V1PodSpec
                {
                    Containers = [new V1Container { Name = "main", Image = image }],
                    NodeSelector = new Dictionary<string, string> { ["kubernetes.io/os"] = "windows" },
                },
            },
            "default",
            cancellationToken: Cancel
        );
}
