using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.DataPlane;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.Controllers;

public sealed class WorkloadTests
{
    private const string Deployments = "/apis/apps/v1/namespaces/default/deployments";
    private const string Revision = "deployment.kubernetes.io/revision";
    private const string Merge = "application/merge-patch+json";

    [Fact]
    public async Task A_deployment_writes_events()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.DeployEchoAsync(cluster.Client);

        await Wait.UntilAsync(
            async () =>
                (await ReasonsAsync(cluster)) is var reasons
                && new[] { "ScalingReplicaSet", "SuccessfulCreate", "Scheduled", "Pulling", "Pulled", "Created", "Started" }.All(
                    reasons.Contains
                ),
            TestCluster.Token
        );
        Assert.DoesNotContain("Failed", await ReasonsAsync(cluster));
    }

    [Fact]
    public async Task Pods_that_the_namespace_does_not_admit_are_never_made()
    {
        await using var cluster = await TestCluster.StartAsync();
        await EnforceAsync("restricted");
        await WalkThrough.DeployEchoAsync(cluster.Client);

        var failure = await Wait.ForAsync(
            async () =>
                (await cluster.ExpectAsync(200, HttpMethod.Get, $"{Deployments}/tcpecho"))
                    .Items("status", "conditions")
                    .FirstOrDefault(condition => condition.Text("type") == "ReplicaFailure"),
            TestCluster.Token
        );
        Assert.Equal(("True", "FailedCreate"), (failure.Text("status"), failure.Text("reason")));
        Assert.Contains("is forbidden: violates PodSecurity \"restricted:latest\"", failure.Text("message"), StringComparison.Ordinal);
        Assert.Contains("FailedCreate", await ReasonsAsync(cluster));

        await EnforceAsync("privileged");
        await Wait.UntilAsync(
            async () => (await cluster.ExpectAsync(200, HttpMethod.Get, $"{Deployments}/tcpecho")).Number("status", "readyReplicas") == 1,
            TestCluster.Token
        );
        Assert.DoesNotContain(
            (await cluster.ExpectAsync(200, HttpMethod.Get, $"{Deployments}/tcpecho")).Items("status", "conditions"),
            condition => condition.Text("type") == "ReplicaFailure"
        );

        Task EnforceAsync(string level) =>
            cluster.ExpectAsync(
                200,
                HttpMethod.Patch,
                "/api/v1/namespaces/default",
                $$$"""{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"{{{level}}}"} } }""",
                Merge
            );
    }

    [Fact]
    public async Task A_missing_image_and_invalid_arguments_are_reported_as_in_a_real_cluster()
    {
        await using var cluster = await TestCluster.StartAsync(scale: 60);
        var start = (await cluster.ExpectAsync(200, HttpMethod.Get, "/api/v1/namespaces/default/pods")).Text("metadata", "resourceVersion");
        await WalkThrough.DeployEchoAsync(cluster.Client, image: "istio/tcp-echo-server:9.9", name: "lost");
        await cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            Deployments,
            """
            {"metadata":{"name":"crashing"},"spec":{"selector":{"matchLabels":{"app":"crashing"}},
            "template":{"metadata":{"labels":{"app":"crashing"}},
             "spec":{"containers":[{"name":"echo","image":"istio/tcp-echo-server:1.1","args":["9000"]}]}}}}
            """
        );

        var seen = new HashSet<string>();
        await Wait.UntilAsync(
            async () =>
            {
                // A watch shows all that has been, also what is over when a slow client looks.
                foreach (
                    var line in (
                        await cluster.SendAsync(
                            HttpMethod.Get,
                            $"/api/v1/namespaces/default/pods?watch=1&resourceVersion={start}&timeoutSeconds=1"
                        )
                    ).Body.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                )
                {
                    var container = JsonNode.Parse(line).At("object").Items("status", "containerStatuses").FirstOrDefault();
                    seen.Add($"{container.Text("state", "waiting", "reason")}{(container.Number("restartCount") > 1 ? " again" : "")}");
                }

                return seen.IsSupersetOf(["ErrImagePull", "ImagePullBackOff", "CrashLoopBackOff", "CrashLoopBackOff again"]);
            },
            TestCluster.Token
        );
        Assert.Superset(new HashSet<string> { "Failed", "BackOff" }, await ReasonsAsync(cluster));
    }

    [Fact]
    public async Task A_rolling_update_keeps_enough_pods_ready_and_ends_with_new_pods_only()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.DeployEchoAsync(cluster.Client);
        await cluster.ExpectAsync(200, HttpMethod.Patch, $"{Deployments}/tcpecho/scale", """{"spec":{"replicas":4}}""", Merge);
        await Wait.UntilAsync(async () => await ReadyAsync(cluster) == 4, TestCluster.Token);

        await cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            $"{Deployments}/tcpecho",
            """{"spec":{"template":{"metadata":{"annotations":{"version":"2"}}}}}""",
            Merge
        );

        var fewest = 4L;
        await Wait.UntilAsync(
            async () =>
            {
                var deployment = await cluster.ExpectAsync(200, HttpMethod.Get, $"{Deployments}/tcpecho");
                fewest = Math.Min(fewest, deployment.Number("status", "readyReplicas") ?? 0);
                Assert.InRange(deployment.Number("status", "replicas") ?? 0, 0, 5);
                return deployment.Number("status", "observedGeneration") == deployment.Number("metadata", "generation")
                    && deployment.Number("status", "updatedReplicas") == 4
                    && deployment.Number("status", "replicas") == 4
                    && deployment.Number("status", "readyReplicas") == 4;
            },
            TestCluster.Token
        );
        Assert.InRange(fewest, 3, 4);
        Assert.All(
            (await cluster.ExpectAsync(200, HttpMethod.Get, "/api/v1/namespaces/default/pods")).Items("items"),
            pod => Assert.Equal("2", pod.Text("metadata", "annotations", "version"))
        );
    }

    [Fact]
    public async Task A_deployment_counts_its_revisions_and_a_rollback_creates_the_newest()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.DeployEchoAsync(cluster.Client);
        const string Echo = $"{Deployments}/tcpecho";
        await Wait.UntilAsync(
            async () => (await cluster.ExpectAsync(200, HttpMethod.Get, Echo)).Text("metadata", "annotations", Revision) == "1",
            TestCluster.Token
        );
        var first = (await cluster.ExpectAsync(200, HttpMethod.Get, Echo)).At("spec", "template")?.ToJsonString();

        await cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            Echo,
            """{"spec":{"template":{"metadata":{"annotations":{"version":"2"}}}}}""",
            Merge
        );
        await Wait.UntilAsync(
            async () => (await cluster.ExpectAsync(200, HttpMethod.Get, Echo)).Text("metadata", "annotations", Revision) == "2",
            TestCluster.Token
        );
        await cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            Echo,
            $$"""[{"op":"replace","path":"/spec/template","value":{{first}}}]""",
            "application/json-patch+json"
        );

        await Wait.UntilAsync(
            async () => (await cluster.ExpectAsync(200, HttpMethod.Get, Echo)).Text("metadata", "annotations", Revision) == "3",
            TestCluster.Token
        );
        var sets = (await cluster.ExpectAsync(200, HttpMethod.Get, "/apis/apps/v1/namespaces/default/replicasets"))
            .Items("items")
            .Select(set => set.Text("metadata", "annotations", Revision));
        Assert.Equal(["2", "3"], sets.Order());
    }

    [Fact]
    public async Task A_node_reports_its_capacity_and_allocatable_resources()
    {
        await using var cluster = await TestCluster.StartAsync();

        var node = (await cluster.ExpectAsync(200, HttpMethod.Get, "/api/v1/nodes")).Items("items").First();

        // A B2ms; AKS reserves a tenth of a core.
        Assert.Equal(("2", "1900m"), (node.Text("status", "capacity", "cpu"), node.Text("status", "allocatable", "cpu")));
        // AKS reserves a quarter of the memory, and 100 MiB for eviction.
        Assert.Equal(("8Gi", "6044Mi"), (node.Text("status", "capacity", "memory"), node.Text("status", "allocatable", "memory")));
        Assert.Equal(["InternalIP", "Hostname"], node.Items("status", "addresses").Select(address => address.Text("type")));
        Assert.Equal(
            ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"],
            node.Items("status", "conditions").Select(condition => condition.Text("type"))
        );
        var pod = await Wait.ForAsync(
            async () =>
                (await cluster.ExpectAsync(200, HttpMethod.Get, $"/api/v1/namespaces/{TestCluster.Ingress}/pods"))
                    .Items("items")
                    .FirstOrDefault(pod => pod.At("status", "podIP") is not null),
            TestCluster.Token
        );
        Assert.StartsWith("10.224.0.", pod.Text("status", "hostIP"), StringComparison.Ordinal);
        Assert.Matches("^containerd://[0-9a-f]{64}$", pod.Items("status", "containerStatuses").Single().Text("containerID"));
    }

    [Fact]
    public async Task An_autoscaler_reports_the_number_of_replicas()
    {
        await using var cluster = await TestCluster.StartAsync();
        const string Scalers = $"namespaces/{TestCluster.Ingress}/horizontalpodautoscalers/{TestCluster.External}-asm-1-30";

        await Wait.UntilAsync(
            async () =>
                (await cluster.ExpectAsync(200, HttpMethod.Get, $"/apis/autoscaling/v2/{Scalers}")) is var scaler
                && (scaler.Number("status", "currentReplicas"), scaler.Number("status", "desiredReplicas")) == (2, 2),
            TestCluster.Token
        );

        Assert.Equal(
            2,
            (await cluster.ExpectAsync(200, HttpMethod.Get, $"/apis/autoscaling/v1/{Scalers}")).Number("status", "currentReplicas")
        );
    }

    [Fact]
    public async Task A_gateway_has_an_autoscaler_and_a_budget_and_its_minimum_is_reset_to_two()
    {
        await using var cluster = await TestCluster.StartAsync();
        const string Scaler =
            $"/apis/autoscaling/v2/namespaces/{TestCluster.Ingress}/horizontalpodautoscalers/{TestCluster.External}-asm-1-30";
        Assert.Equal(5, (await cluster.ExpectAsync(200, HttpMethod.Get, Scaler)).Number("spec", "maxReplicas"));

        await cluster.ExpectAsync(200, HttpMethod.Patch, Scaler, """{"spec":{"minReplicas":1,"maxReplicas":7}}""", Merge);
        var put = await Wait.ForAsync(
            async () =>
                await cluster.ExpectAsync(200, HttpMethod.Get, Scaler) is var found && found.Number("spec", "minReplicas") == 2
                    ? found
                    : null,
            TestCluster.Token
        );
        Assert.Equal(7, put.Number("spec", "maxReplicas"));

        await cluster.ExpectAsync(200, HttpMethod.Patch, Scaler, """{"spec":{"minReplicas":3}}""", Merge);
        await Wait.UntilAsync(
            async () =>
                (
                    await cluster.ExpectAsync(
                        200,
                        HttpMethod.Get,
                        $"/apis/policy/v1/namespaces/{TestCluster.Ingress}/poddisruptionbudgets/{TestCluster.External}-asm-1-30"
                    )
                )
                    is var budget
                && budget.Number("status", "expectedPods") == 3
                && budget.Number("status", "disruptionsAllowed") == 2,
            TestCluster.Token
        );
    }

    [Fact]
    public async Task During_a_canary_both_revisions_share_the_address_and_its_end_removes_the_old_one()
    {
        await using var cluster = await TestCluster.StartAsync(
            TestCluster.Shape with
            {
                Mesh = new MeshShape(["asm-1-29"], ExternalGateway: true, InternalGateway: false),
            }
        );
        await WalkThrough.AllAsync(cluster);
        var address = await cluster.GatewayAddressAsync();

        await cluster.Fleet.EnsureAsync(
            TestCluster.Shape with
            {
                Mesh = new MeshShape(["asm-1-29", "asm-1-30"], ExternalGateway: true, InternalGateway: false),
            },
            TestCluster.Token
        );
        await Wait.UntilAsync(async () => (await EndpointsAsync(cluster)) == 4, TestCluster.Token);
        Assert.Equal(
            ["istiod-asm-1-29", "istiod-asm-1-30"],
            (await cluster.ExpectAsync(200, HttpMethod.Get, "/apis/apps/v1/namespaces/aks-istio-system/deployments"))
                .Items("items")
                .Select(item => item.Text("metadata", "name"))
        );

        await cluster.Fleet.EnsureAsync(
            TestCluster.Shape with
            {
                Mesh = new MeshShape(["asm-1-30"], ExternalGateway: true, InternalGateway: false),
            },
            TestCluster.Token
        );
        await Wait.UntilAsync(async () => (await EndpointsAsync(cluster)) == 2, TestCluster.Token);
        Assert.Equal(address, await cluster.GatewayAddressAsync());
        Assert.Equal(
            [$"{TestCluster.External}-asm-1-30"],
            (await cluster.ExpectAsync(200, HttpMethod.Get, $"/apis/policy/v1/namespaces/{TestCluster.Ingress}/poddisruptionbudgets"))
                .Items("items")
                .Select(item => item.Text("metadata", "name"))
        );
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
    }

    private static async Task<int> EndpointsAsync(TestCluster cluster) =>
        (await cluster.ExpectAsync(200, HttpMethod.Get, $"/api/v1/namespaces/{TestCluster.Ingress}/endpoints/{TestCluster.External}"))
            .Items("subsets")
            .Sum(subset => subset.Items("addresses").Count());

    private static async Task<long> ReadyAsync(TestCluster cluster) =>
        (await cluster.ExpectAsync(200, HttpMethod.Get, $"{Deployments}/tcpecho")).Number("status", "readyReplicas") ?? 0;

    private static async Task<HashSet<string>> ReasonsAsync(TestCluster cluster) =>
        [
            .. (await cluster.ExpectAsync(200, HttpMethod.Get, "/api/v1/namespaces/default/events"))
                .Items("items")
                .Select(item => item.Text("reason") ?? ""),
        ];
}
