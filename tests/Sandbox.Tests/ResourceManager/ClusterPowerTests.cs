using k8s;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class ClusterPowerTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stopped_cluster_is_unreachable_and_keeps_its_objects()
    {
        var steps = new ClusterSteps(fixture, "stop");
        await steps.CreateAsync(body => body["properties"]!["serviceMeshProfile"] = ClusterSteps.Mesh("asm-1-29"));
        using var kubernetes = steps.Kubernetes();
        var port = kubernetes.BaseUri.Port;
        var service = await kubernetes.CoreV1.ReadNamespacedServiceAsync(
            "aks-istio-ingressgateway-external",
            "aks-istio-ingress",
            cancellationToken: Cancel
        );

        var stopping = await steps.SendAsync("POST", "/stop");
        Assert.Equal(202, stopping.Status);
        Assert.Single(stopping.Message.Headers.GetValues("Azure-AsyncOperation"));
        Assert.NotNull(stopping.Message.Headers.Location);
        await ArmFixture.QuietAsync(fixture.Sandbox);

        Assert.Equal("Stopped", (await steps.PropertiesAsync())["powerState"]!["code"]!.GetValue<string>());
        await Assert.ThrowsAsync<HttpRequestException>(() => kubernetes.CoreV1.ListNamespaceAsync(cancellationToken: Cancel));

        await steps.DoneAsync("POST", "/start", 202);

        Assert.Equal("Running", (await steps.PropertiesAsync())["powerState"]!["code"]!.GetValue<string>());
        using var again = steps.Kubernetes();
        Assert.Equal(port, again.BaseUri.Port);
        var after = await again.CoreV1.ReadNamespacedServiceAsync(
            "aks-istio-ingressgateway-external",
            "aks-istio-ingress",
            cancellationToken: Cancel
        );
        Assert.Equal((service.Metadata.Uid, service.Spec.Ports[0].NodePort), (after.Metadata.Uid, after.Spec.Ports[0].NodePort));
    }

    [Fact]
    public async Task A_stopped_cluster_accepts_only_a_start_or_a_delete()
    {
        var steps = new ClusterSteps(fixture, "stopped");
        await steps.CreateAsync();
        var early = await steps.SendAsync("POST", "/start");
        await steps.DoneAsync("POST", "/stop", 202);

        var put = await steps.SendAsync("PUT", "", ArmFixture.Cluster());
        var pool = await steps.SendAsync("PUT", "/agentPools/more", """{"properties":{"count":1}}""");
        var again = await steps.SendAsync("POST", "/stop");

        Assert.Equal((400, "BadRequest"), (early.Status, ArmFixture.Code(early.Body)));
        Assert.Equal((409, "OperationNotAllowed"), (put.Status, ArmFixture.Code(put.Body)));
        Assert.Equal((409, "OperationNotAllowed"), (pool.Status, ArmFixture.Code(pool.Body)));
        Assert.Contains("Power State(Stopped), stopping cannot be performed", again.Body.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(202, (await steps.SendAsync("DELETE")).Status);
    }

    [Fact]
    public async Task An_aborted_operation_ends_canceled_and_the_next_put_repairs_the_cluster()
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = 600 }, Cancel);
        using var clients = new SandboxClients(sandbox);
        await clients.GroupAsync("abort", Cancel);
        var path = ArmFixture.ClusterPath("abort", "c1");
        var create = await ArmFixture.SendAsync(clients, "PUT", path, ArmFixture.Cluster());

        var abort = await ArmFixture.SendAsync(clients, "POST", ArmFixture.ClusterPath("abort", "c1", "/abort"));
        var canceling = await ArmFixture.SendAsync(clients, "GET", path);
        await ArmFixture.QuietAsync(sandbox);
        var status = await ArmFixture.SendAsync(clients, "GET", create.Message.Headers.GetValues("Azure-AsyncOperation").Single());
        var canceled = await ArmFixture.SendAsync(clients, "GET", path);
        var credential = await ArmFixture.SendAsync(clients, "POST", ArmFixture.ClusterPath("abort", "c1", "/listClusterUserCredential"));
        var nothing = await ArmFixture.SendAsync(clients, "POST", ArmFixture.ClusterPath("abort", "c1", "/abort"));

        Assert.Equal(202, abort.Status);
        Assert.Equal("Canceling", canceling.Body["properties"]!["provisioningState"]!.GetValue<string>());
        Assert.Equal(("Canceled", "OperationCanceled"), (status.Body["status"]!.GetValue<string>(), ArmFixture.Code(status.Body)));
        Assert.Equal("Canceled", canceled.Body["properties"]!["provisioningState"]!.GetValue<string>());
        Assert.Equal((404, "ControlPlaneNotFound"), (credential.Status, ArmFixture.Code(credential.Body)));
        Assert.Equal((409, "OperationNotAllowed"), (nothing.Status, ArmFixture.Code(nothing.Body)));

        Assert.Equal(200, (await ArmFixture.SendAsync(clients, "PUT", path, ArmFixture.Cluster())).Status);
        await ArmFixture.QuietAsync(sandbox);
        Assert.Equal(
            200,
            (await ArmFixture.SendAsync(clients, "POST", ArmFixture.ClusterPath("abort", "c1", "/listClusterUserCredential"))).Status
        );
    }

    [Fact]
    public async Task A_stop_in_progress_at_a_restart_ends_at_its_due_time()
    {
        using var directory = new TestDirectory();
        var file = directory["sandbox.db"];
        var options = new SandboxOptions
        {
            IsPaced = false,
            TimeScale = 600,
            StateFile = file,
        };
        DateTimeOffset due;
        await using (var before = await AzureSandbox.StartAsync(options, Cancel))
        {
            using var clients = new SandboxClients(before);
            await clients.GroupAsync("rg", Cancel);
            await ArmFixture.SendAsync(clients, "PUT", ArmFixture.ClusterPath("rg", "c1"), ArmFixture.Cluster());
            await ArmFixture.QuietAsync(before);
            await ArmFixture.SendAsync(clients, "POST", ArmFixture.ClusterPath("rg", "c1", "/stop"));
            due = before.Operations.Single(operation => operation.Kind == "managedClusters/stop").Due;
        }

        await using (var after = await AzureSandbox.StartAsync(options, Cancel))
        {
            await ArmFixture.QuietAsync(after);
            Assert.Equal(due, after.Operations.Single(operation => operation.Kind == "managedClusters/stop").Due);
        }

        await using var third = await AzureSandbox.StartAsync(options, Cancel);
        using var last = new SandboxClients(third);
        var (_, cluster, _) = await ArmFixture.SendAsync(last, "GET", ArmFixture.ClusterPath("rg", "c1"));
        Assert.Equal("Stopped", cluster["properties"]!["powerState"]!["code"]!.GetValue<string>());
        using var yaml = new MemoryStream(
            System.Text.Encoding.UTF8.GetBytes(third.AdminKubeconfig(SandboxClients.ClusterId("rg", "c1").ToString()))
        );
        using var kubernetes = new k8s.Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(yaml));
        await Assert.ThrowsAsync<HttpRequestException>(() => kubernetes.CoreV1.ListNamespaceAsync(cancellationToken: Cancel));
    }
}
