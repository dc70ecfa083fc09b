using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.Controllers;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>A struct that a manager no longer applies goes with its default values (kubernetes/kubernetes#99037).</summary>
public sealed class ApplyRemovalTests
{
    private const string Deployment = $"{Manifests.Apps}/deployments/echo";

    [Fact]
    public async Task A_probe_that_is_no_longer_applied_goes_with_its_defaults()
    {
        await using var cluster = await TestCluster.StartAsync();
        await ApplyAsync(cluster, 201, """, "readinessProbe":{"tcpSocket":{"port":9000},"periodSeconds":5} """);
        Assert.Equal(3, Container(await cluster.ReadAsync(Deployment)).Number("readinessProbe", "failureThreshold"));

        await ApplyAsync(cluster, 200);

        Assert.Null(Container(await cluster.ReadAsync(Deployment))["readinessProbe"]);
    }

    [Fact]
    public async Task A_struct_of_which_another_manager_owns_a_part_stays()
    {
        await using var cluster = await TestCluster.StartAsync();
        await ApplyAsync(cluster, 201, """, "readinessProbe":{"tcpSocket":{"port":9000},"periodSeconds":5} """);
        await cluster.PatchAsync(
            Deployment,
            """
            {"spec":{"template":{"spec":{"containers":[{"name":"echo","image":"istio/tcp-echo-server:1.1",
             "readinessProbe":{"tcpSocket":{"port":9001},"periodSeconds":5}}]}}}}
            """
        );

        await ApplyAsync(cluster, 200);

        var probe = Container(await cluster.ReadAsync(Deployment))["readinessProbe"];
        Assert.Equal(9001, probe.Number("tcpSocket", "port"));
    }

    private static JsonNode Container(JsonObject deployment) => deployment.Items("spec", "template", "spec", "containers").Single();

    /// <param name="more">Fields of the container.</param>
    private static Task ApplyAsync(TestCluster cluster, int code, string more = "") =>
        cluster.ExpectAsync(
            code,
            HttpMethod.Patch,
            $"{Deployment}?fieldManager=owner&force=true",
            """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"echo"},
            "spec":{"selector":{"matchLabels":{"app":"echo"}},"template":{"metadata":{"labels":{"app":"echo"}},
            "spec":{"containers":[{"name":"echo","image":"istio/tcp-echo-server:1.1"MORE}]}}}}
            """.Replace("MORE", more, StringComparison.Ordinal),
            "application/apply-patch+yaml"
        );
}
