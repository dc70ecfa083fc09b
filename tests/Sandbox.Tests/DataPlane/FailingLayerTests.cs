using System.Net;
using System.Net.Sockets;
using System.Text;
using k8s;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.DataPlane;

public sealed class FailingLayerTests
{
    [Fact]
    public async Task Each_missing_layer_fails_the_connection_and_its_creation_takes_effect_at_once()
    {
        await using var cluster = await TestCluster.StartAsync();
        var address = await cluster.GatewayAddressAsync();
        await PodsReadyAsync(cluster, TestCluster.Ingress, 2);

        Assert.Equal("refused", await Dial.OutcomeAsync(address, 9000, TestCluster.Token));

        await WalkThrough.OpenPortAsync(cluster);
        Assert.Equal("refused", await Dial.OutcomeAsync(address, 9000, TestCluster.Token)); // no Gateway

        await WalkThrough.ApplyGatewayAsync(cluster);
        Assert.Equal("refused", await Dial.OutcomeAsync(address, 9000, TestCluster.Token)); // no VirtualService, so no listener

        await WalkThrough.ApplyRouteAsync(cluster);
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "reset", TestCluster.Token);

        await WalkThrough.DeployEchoAsync(cluster.Client);
        await PodsReadyAsync(cluster, "default", 1);
        Assert.Equal("hello x", await Dial.OutcomeAsync(address, 9000, TestCluster.Token));

        await cluster.SendAsync(
            HttpMethod.Patch,
            "/apis/apps/v1/namespaces/default/deployments/tcpecho/scale",
            """{"spec":{"replicas":0}}""",
            "application/merge-patch+json"
        );
        await PodsReadyAsync(cluster, "default", 0);
        Assert.Equal("reset", await Dial.OutcomeAsync(address, 9000, TestCluster.Token)); // no ready pod

        await cluster.SendAsync(
            HttpMethod.Patch,
            "/apis/apps/v1/namespaces/default/deployments/tcpecho/scale",
            """{"spec":{"replicas":1}}""",
            "application/merge-patch+json"
        );
        await PodsReadyAsync(cluster, "default", 1);
        Assert.Equal("hello x", await Dial.OutcomeAsync(address, 9000, TestCluster.Token));
        await cluster.SendAsync(HttpMethod.Delete, "/apis/networking.istio.io/v1/namespaces/default/virtualservices/tcpecho");
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "refused", TestCluster.Token);
    }

    [Fact]
    public async Task An_image_that_does_not_exist_never_becomes_ready()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.DeployEchoAsync(cluster.Client, image: "istio/tcp-echo-server:9.9");

        await Wait.UntilAsync(
            async () =>
                (await cluster.Client.CoreV1.ListNamespacedPodAsync("default", cancellationToken: TestCluster.Token)).Items.Any(pod =>
                    pod.Status.ContainerStatuses?[0].State.Waiting?.Reason == "ImagePullBackOff"
                ),
            TestCluster.Token
        );
    }

    [Fact]
    public async Task Weights_split_connections()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.DeployEchoAsync(cluster.Client);
        await WalkThrough.DeployEchoAsync(cluster.Client, "docker.io/istio/tcp-echo-server:1.2", "two", "second");
        await WalkThrough.ApplyGatewayAsync(cluster);
        await WalkThrough.ApplyRouteAsync(
            cluster,
            """
            {"destination":{"host":"tcpecho","port":{"number":9000}},"weight":50},
            {"destination":{"host":"second.default.svc.cluster.local","port":{"number":9000}},"weight":50}
            """
        );
        await WalkThrough.OpenPortAsync(cluster);
        var address = await cluster.GatewayAddressAsync();
        await PodsReadyAsync(cluster, "default", 2);
        await Wait.UntilAsync(
            async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) is "hello x" or "two x",
            TestCluster.Token
        );

        var answers = new HashSet<string>();
        await Wait.UntilAsync(
            async () => answers.Add(await Dial.OutcomeAsync(address, 9000, TestCluster.Token)) | answers.Count == 2 && answers.Count == 2,
            TestCluster.Token
        );

        Assert.Equal(["hello x", "two x"], answers.Order());
    }

    [Fact]
    public async Task Half_close_is_respected_and_everything_sent_before_it_is_answered()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.AllAsync(cluster);
        var address = await cluster.GatewayAddressAsync();
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);

        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Parse(address), 9000, TestCluster.Token);
        var sending = client
            .GetStream()
            .WriteAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 10000).Select(line => $"{line}\n"))), TestCluster.Token);
        using var reader = new StreamReader(client.GetStream());
        var reading = reader.ReadToEndAsync(TestCluster.Token);
        await sending;
        client.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal(string.Concat(Enumerable.Range(0, 10000).Select(line => $"hello {line}\n")), await reading);
    }

    [Theory]
    [InlineData(
        """{"spec":{"ports":[{"name":"tcp-9000","port":9000,"appProtocol":"http"}]}}""",
        """{"spec":{"ports":[{"name":"tcp-9000","port":9000,"appProtocol":null}]}}"""
    )] // Azure probes with GET /, which a gateway does not answer
    [InlineData(
        """{"spec":{"ports":[{"name":"tcp-9000","port":9000,"appProtocol":"http"}]}}""",
        """{"metadata":{"annotations":{"service.beta.kubernetes.io/port_9000_health-probe_protocol":"tcp"}}}"""
    )]
    [InlineData(
        """{"metadata":{"annotations":{"service.beta.kubernetes.io/port_9000_no_lb_rule":"true"}}}""",
        """{"metadata":{"annotations":{"service.beta.kubernetes.io/port_9000_no_lb_rule":null}}}"""
    )]
    public async Task A_port_for_which_the_load_balancer_has_no_healthy_node_is_silent(string harm, string cure)
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.AllAsync(cluster);
        var address = await cluster.GatewayAddressAsync();
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);

        await PatchAsync(cluster, harm);
        await Wait.UntilAsync(
            async () => await Dial.AnswersAsync(address, 9000, "127.0.0.1", TestCluster.Token) == false,
            TestCluster.Token
        );
        await PatchAsync(cluster, cure);

        await Wait.UntilAsync(
            async () => await Dial.AnswersAsync(address, 9000, "127.0.0.1", TestCluster.Token) == true,
            TestCluster.Token
        );
    }

    [Fact]
    public async Task With_traffic_policy_local_nodes_without_a_pod_are_skipped()
    {
        await using var cluster = await TestCluster.StartAsync();
        var address = await cluster.GatewayAddressAsync();
        await PodsReadyAsync(cluster, TestCluster.Ingress, 2);
        await PatchAsync(cluster, """{"spec":{"externalTrafficPolicy":"Local"}}""");
        var service = await cluster.ExpectAsync(
            200,
            HttpMethod.Get,
            $"/api/v1/namespaces/{TestCluster.Ingress}/services/{TestCluster.External}"
        );
        Assert.InRange(service["spec"]!["healthCheckNodePort"]!.GetValue<int>(), 30000, 32767);
        await Wait.UntilAsync(
            async () => await Dial.AnswersAsync(address, 15021, "127.0.0.1", TestCluster.Token) == true,
            TestCluster.Token
        );

        await cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            $"/apis/apps/v1/namespaces/{TestCluster.Ingress}/deployments/{TestCluster.External}-asm-1-30",
            """{"spec":{"replicas":0}}""",
            "application/merge-patch+json"
        );

        await Wait.UntilAsync(
            async () => await Dial.AnswersAsync(address, 15021, "127.0.0.1", TestCluster.Token) == false,
            TestCluster.Token
        );
    }

    private static Task PatchAsync(TestCluster cluster, string patch) =>
        cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            $"/api/v1/namespaces/{TestCluster.Ingress}/services/{TestCluster.External}",
            patch,
            "application/strategic-merge-patch+json"
        );

    [Fact]
    public async Task A_port_of_another_process_is_a_problem_until_it_is_free()
    {
        await using var cluster = await TestCluster.StartAsync();
        var address = await cluster.GatewayAddressAsync();
        using (var holder = new TcpListener(IPAddress.Parse(address), 9000))
        {
            holder.Start();
            await WalkThrough.OpenPortAsync(cluster);
            await Wait.UntilAsync(
                () =>
                    Task.FromResult(
                        cluster.Fleet.Problems.Any(problem =>
                            problem.IsInUse && problem.Message == $"{address}:9000 is in use by another process"
                        )
                    ),
                TestCluster.Token
            );
        }

        await Wait.UntilAsync(() => Task.FromResult(cluster.Fleet.Problems.Count == 0), TestCluster.Token);
    }

    private static Task PodsReadyAsync(TestCluster cluster, string @namespace, int count) =>
        Wait.UntilAsync(
            async () =>
                (await cluster.Client.CoreV1.ListNamespacedPodAsync(@namespace, cancellationToken: TestCluster.Token)).Items.Count(pod =>
                    pod.Status.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true
                ) == count,
            TestCluster.Token
        );
}
