using System.Globalization;
using System.Text;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.Controllers;

/// <summary>The causes that keep a pod from running or from being ready, in the words of the kubelet and the scheduler.</summary>
public sealed class PodStartTests
{
    private const string Pods = $"{Manifests.Core}/pods";
    private const string Echo = """ "name":"echo","image":"istio/tcp-echo-server:1.1","args":["9000","hello"] """;

    [Fact]
    public async Task A_container_starts_when_the_secret_of_its_variable_exists()
    {
        await using var cluster = await TestCluster.StartAsync(scale: 60);
        await CreateAsync(
            cluster,
            "secretive",
            $$"""{ {{Echo}}, "env":[{"name":"A","valueFrom":{"secretKeyRef":{"name":"db","key":"password"} } }] }"""
        );

        await WaitingAsync(cluster, "secretive", "CreateContainerConfigError", "secret \"db\" not found");
        Assert.Contains("Error: secret \"db\" not found", await WarningsAsync(cluster, "secretive", "Failed"));

        await cluster.CreateAsync($"{Manifests.Core}/secrets", """{"metadata":{"name":"db"},"stringData":{"user":"me"} }""");
        await WaitingAsync(cluster, "secretive", "CreateContainerConfigError", "couldn't find key password in Secret default/db");

        await cluster.PatchAsync($"{Manifests.Core}/secrets/db", """{"stringData":{"password":"x"} }""");
        await ReadyAsync(cluster, "secretive");
    }

    [Fact]
    public async Task An_optional_value_may_be_missing()
    {
        await using var cluster = await TestCluster.StartAsync(scale: 60);
        await CreateAsync(
            cluster,
            "optional",
            $$"""
            { {{Echo}}, "env":[{"name":"A","valueFrom":{"configMapKeyRef":{"name":"none","key":"k","optional":true} } }],
              "envFrom":[{"secretRef":{"name":"none","optional":true} }] }
            """
        );

        await ReadyAsync(cluster, "optional");
    }

    [Fact]
    public async Task Without_a_way_out_nodes_pull_images_of_Azure_and_Microsoft_only()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Shape with { HasEgress = false }, scale: 60);
        await CreateAsync(cluster, "outside", $$"""{ {{Echo}} }""");
        await CreateAsync(cluster, "cached", """{"name":"hello","image":"mcr.microsoft.com/azuredocs/aks-helloworld:v1"}""");

        await WaitingAsync(cluster, "outside", "ErrImagePull", "https://registry-1.docker.io/v2/\": dial tcp: i/o timeout");
        await ReadyAsync(cluster, "cached");
    }

    [Theory]
    [InlineData("""{"runAsNonRoot":true}""", "container has runAsNonRoot and image will run as root")]
    [InlineData("""{"runAsNonRoot":true,"runAsUser":0}""", "container's runAsUser breaks non-root policy")]
    public async Task A_container_that_would_run_as_root_is_not_made(string context, string message)
    {
        await using var cluster = await TestCluster.StartAsync(scale: 60);
        await CreateAsync(cluster, "rooted", $$"""{ {{Echo}}, "securityContext":{{context}} }""");

        await WaitingAsync(cluster, "rooted", "CreateContainerConfigError", message);
    }

    [Fact]
    public async Task An_image_of_a_private_registry_needs_a_pull_secret()
    {
        const string Container = """{"name":"echo","image":"edge.azurecr.io/istio/tcp-echo-server:1.1","args":["9000","hello"]}""";
        await using var cluster = await TestCluster.StartAsync(scale: 60);
        await CreateAsync(cluster, "private", Container, """ "imagePullSecrets":[{"name":"registry"}], """);

        await WaitingAsync(cluster, "private", "ImagePullBackOff", "401 Unauthorized");
        Assert.Contains(
            "Unable to retrieve some image pull secrets (registry); attempting to pull the image may not succeed.",
            await WarningsAsync(cluster, "private", "FailedToRetrieveImagePullSecret")
        );

        var config = Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"auths":{"edge.azurecr.io":{"auth":"eDp5"}}}"""));
        await cluster.CreateAsync(
            $"{Manifests.Core}/secrets",
            $$"""
            {"metadata":{"name":"registry"},"type":"kubernetes.io/dockerconfigjson","data":{".dockerconfigjson":"{{config}}"} }
            """
        );
        await ReadyAsync(cluster, "private");
    }

    [Theory]
    [InlineData("""{"tcpSocket":{"port":9001}}""", "Readiness probe failed: dial tcp 10.244.", ":9001: connect: connection refused")]
    [InlineData(
        """{"httpGet":{"port":9000,"path":"/health"}}""",
        "Readiness probe failed: Get \"http://10.244.",
        "malformed HTTP response"
    )]
    [InlineData("""{"grpc":{"port":9000}}""", "Readiness probe failed: timeout: failed to connect service", "within 1s")]
    [InlineData("""{"exec":{"command":["true"]}}""", "Readiness probe errored", "executable file not found")]
    public async Task A_pod_whose_readiness_probe_fails_never_becomes_ready(string probe, string begin, string contains)
    {
        await using var cluster = await TestCluster.StartAsync(scale: 120);
        await CreateAsync(cluster, "unready", $$"""{ {{Echo}}, "readinessProbe":{{probe}} }""");

        var last = await Wait.ForAsync(
            async () =>
                (await cluster.ListAsync($"{Manifests.Core}/events")).FirstOrDefault(found =>
                    found.Text("reason") == "Unhealthy" && found.Number("count") >= 3
                ),
            TestCluster.Token
        );
        Assert.StartsWith(begin, last.Text("message"), StringComparison.Ordinal);
        Assert.Contains(contains, last.Text("message"), StringComparison.Ordinal);
        var pod = await cluster.ReadAsync($"{Pods}/unready");
        Assert.Equal("Running", pod.Text("status", "phase"));
        Assert.False(pod.Has("Ready"));
    }

    [Fact]
    public async Task A_pod_becomes_ready_after_the_delay_of_its_readiness_probe()
    {
        await using var cluster = await TestCluster.StartAsync(scale: 60);
        await CreateAsync(cluster, "slow", $$"""{ {{Echo}}, "readinessProbe":{"tcpSocket":{"port":9000},"initialDelaySeconds":120} }""");

        var pod = await cluster.UntilAsync($"{Pods}/slow", found => found.Has("Ready"));
        var ready = pod.Items("status", "conditions").First(condition => condition.Text("type") == "Ready").Text("lastTransitionTime");
        var took = Time(ready) - Time(pod.Text("status", "startTime"));
        Assert.InRange(took, TimeSpan.FromSeconds(120), TimeSpan.FromSeconds(180));

        static DateTimeOffset Time(string? text) => DateTimeOffset.Parse(text ?? "", CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_container_whose_liveness_probe_fails_is_restarted_again_and_again()
    {
        await using var cluster = await TestCluster.StartAsync(scale: 120);
        await CreateAsync(cluster, "dying", $$"""{ {{Echo}}, "livenessProbe":{"tcpSocket":{"port":1},"periodSeconds":5} }""");

        var pod = await cluster.UntilAsync(
            $"{Pods}/dying",
            found => found.Items("status", "containerStatuses").Any(container => container.Number("restartCount") >= 2)
        );
        Assert.Equal(137, pod.Items("status", "containerStatuses").First().Number("lastState", "terminated", "exitCode"));
        Assert.Contains(
            await cluster.ListAsync($"{Manifests.Core}/events"),
            found => found.Text("message") == "Container echo failed liveness probe, will be restarted"
        );
    }

    [Theory]
    [InlineData("""{"requests":{"cpu":"64"}}""", "Insufficient cpu")]
    [InlineData("""{"requests":{"memory":"1Ti"}}""", "Insufficient memory")]
    public async Task A_pod_that_no_node_has_room_for_stays_pending(string resources, string why)
    {
        await using var cluster = await TestCluster.StartAsync(scale: 60);
        await CreateAsync(cluster, "large", $$"""{ {{Echo}}, "resources":{{resources}} }""");

        await PendingAsync(cluster, "large", why);
    }

    [Fact]
    public async Task A_second_pod_waits_until_the_first_frees_its_resources()
    {
        const string Half = """{"requests":{"cpu":"1100m"}}"""; // of a node with two cores
        await using var cluster = await TestCluster.StartAsync(scale: 60);
        var nodes = await cluster.ListAsync("/api/v1/nodes");
        for (var index = 0; index < nodes.Length; index++)
        {
            await CreateAsync(cluster, $"first-{index}", $$"""{ {{Echo}}, "resources":{{Half}} }""");
            await ReadyAsync(cluster, $"first-{index}");
        }

        await CreateAsync(cluster, "second", $$"""{ {{Echo}}, "resources":{{Half}} }""");
        await PendingAsync(cluster, "second", $"{nodes.Length} Insufficient cpu");

        await cluster.ExpectAsync(200, HttpMethod.Delete, $"{Pods}/first-0");
        await ReadyAsync(cluster, "second");
    }

    [Fact]
    public async Task A_pod_whose_selector_fits_no_node_stays_pending()
    {
        await using var cluster = await TestCluster.StartAsync(scale: 60);
        await CreateAsync(cluster, "picky", $$"""{ {{Echo}} }""", """ "nodeSelector":{"disk":"ssd"}, """);

        await PendingAsync(cluster, "picky", "node(s) didn't match Pod's node affinity/selector");
    }

    [Fact]
    public async Task Amounts_of_resources_are_rounded_up_to_a_thousandth()
    {
        await using var cluster = await TestCluster.StartAsync();
        await CreateAsync(cluster, "tiny", $$$"""{ {{{Echo}}}, "resources":{"requests":{"cpu":"1u"},"limits":{"cpu":"0.1234"} } }""");

        var resources = (await cluster.ReadAsync($"{Pods}/tiny")).Items("spec", "containers").First()["resources"];
        Assert.Equal(("1m", "124m"), (resources.Text("requests", "cpu"), resources.Text("limits", "cpu")));
    }

    [Fact]
    public async Task Zero_values_that_Go_omits_are_not_stored()
    {
        await using var cluster = await TestCluster.StartAsync();
        await CreateAsync(
            cluster,
            "zeros",
            $$"""
            { {{Echo}}, "env":[{"name":"EMPTY","value":""}],
              "readinessProbe":{"tcpSocket":{"port":9000},"initialDelaySeconds":0} }
            """
        );

        var container = (await cluster.ReadAsync($"{Pods}/zeros")).Items("spec", "containers").First();
        Assert.Equal("""{"name":"EMPTY"}""", container.Items("env").Single().ToJsonString());
        Assert.Null(container.At("readinessProbe", "initialDelaySeconds"));
    }

    private static Task CreateAsync(TestCluster cluster, string name, string container, string more = "") =>
        cluster.CreateAsync(Pods, $$"""{"metadata":{"name":"{{name}}"},"spec":{ {{more}} "containers":[{{container}}]} }""");

    private static Task ReadyAsync(TestCluster cluster, string name) => cluster.UntilAsync($"{Pods}/{name}", pod => pod.Has("Ready"));

    private static Task WaitingAsync(TestCluster cluster, string name, string reason, string message) =>
        cluster.UntilAsync(
            $"{Pods}/{name}",
            pod =>
                pod.Items("status", "containerStatuses").FirstOrDefault().At("state", "waiting") is { } waiting
                && waiting.Text("reason") == reason
                && waiting.Text("message")?.Contains(message, StringComparison.Ordinal) == true
        );

    private static Task PendingAsync(TestCluster cluster, string name, string why) =>
        cluster.UntilAsync(
            $"{Pods}/{name}",
            pod =>
                pod.Items("status", "conditions")
                    .Any(condition =>
                        condition.Text("reason") == "Unschedulable"
                        && condition.Text("message")?.Contains(why, StringComparison.Ordinal) == true
                    )
        );

    private static async Task<IEnumerable<string?>> WarningsAsync(TestCluster cluster, string name, string reason) =>
        (await cluster.ListAsync($"{Manifests.Core}/events"))
            .Where(found => found.Text("involvedObject", "name") == name && found.Text("reason") == reason)
            .Select(found => found.Text("message"));
}
