using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Kinds that two versions or groups serve with different fields.</summary>
public sealed class VersionConverterTests : IAsyncLifetime
{
    private const string FirstScalers = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
    private const string Scalers = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
    private const string GroupEvents = "/apis/events.k8s.io/v1/namespaces/default/events";
    private const string Events = "/api/v1/namespaces/default/events";
    private TestCluster _cluster = null!; // set by InitializeAsync before any test

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_v1_autoscaler_is_a_v2_autoscaler_with_a_cpu_metric()
    {
        var made = await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            FirstScalers,
            """
            {"metadata":{"name":"s"},"spec":{"maxReplicas":3,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"d"},
            "targetCPUUtilizationPercentage":70}}
            """
        );
        Assert.Equal(("autoscaling/v1", 70L), (made.Text("apiVersion"), made.Number("spec", "targetCPUUtilizationPercentage")));

        var metric = (await _cluster.ExpectAsync(200, HttpMethod.Get, $"{Scalers}/s")).Items("spec", "metrics").Single();
        Assert.Equal(("cpu", 70L), (metric.Text("resource", "name"), metric.Number("resource", "target", "averageUtilization")));
    }

    [Fact]
    public async Task Fields_that_v1_lacks_survive_a_write_through_it()
    {
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            Scalers,
            """
            {"metadata":{"name":"s"},"spec":{"maxReplicas":3,"scaleTargetRef":{"kind":"Deployment","name":"d"},
            "behavior":{"scaleDown":{"stabilizationWindowSeconds":5}},
             "metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":60}}},
             {"type":"Resource","resource":{"name":"memory","target":{"type":"Utilization","averageUtilization":50}}}]}}
            """
        );
        var first = await _cluster.ExpectAsync(200, HttpMethod.Get, $"{FirstScalers}/s");
        Assert.Contains(
            "memory",
            first.Text("metadata", "annotations", "autoscaling.alpha.kubernetes.io/metrics"),
            StringComparison.Ordinal
        );
        first.Child("spec")["maxReplicas"] = 9;

        await _cluster.ExpectAsync(200, HttpMethod.Put, $"{FirstScalers}/s", first.ToJsonString());
        await _cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            $"{FirstScalers}/s",
            """{"spec":{"targetCPUUtilizationPercentage":40}}""",
            "application/strategic-merge-patch+json"
        );

        var last = await _cluster.ExpectAsync(200, HttpMethod.Get, $"{Scalers}/s");
        Assert.Equal(
            (9L, 5L),
            (last.Number("spec", "maxReplicas"), last.Number("spec", "behavior", "scaleDown", "stabilizationWindowSeconds"))
        );
        Assert.Equal(
            [("cpu", 40L), ("memory", 50L)],
            last.Items("spec", "metrics")
                .Select(metric => (metric.Text("resource", "name") ?? "", metric.Number("resource", "target", "averageUtilization") ?? 0))
                .Order()
        );
        Assert.Null(last.At("metadata", "annotations"));
    }

    [Fact]
    public async Task An_event_of_the_events_group_is_the_core_event()
    {
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            GroupEvents,
            """
            {"metadata":{"name":"e"},"regarding":{"kind":"Pod","name":"p"},"note":"hello","reason":"Tested","type":"Normal","action":"Test",
            "reportingController":"example.org/c","reportingInstance":"c-1","eventTime":"2026-01-01T00:00:00.000000Z"}
            """
        );
        var core = await _cluster.ExpectAsync(200, HttpMethod.Get, $"{Events}/e");
        Assert.Equal(
            ("v1", "hello", "p", "example.org/c"),
            (core.Text("apiVersion"), core.Text("message"), core.Text("involvedObject", "name"), core.Text("reportingComponent"))
        );

        var listed = await _cluster.ExpectAsync(200, HttpMethod.Get, $"{GroupEvents}?fieldSelector=regarding.name%3Dp");
        Assert.Equal("hello", listed.Items("items").Single().Text("note"));
        Assert.Equal("events.k8s.io/v1", listed.Text("apiVersion"));
    }

    [Theory]
    [InlineData("/apis/autoscaling/v1", "horizontalpodautoscalers")]
    [InlineData("/apis/events.k8s.io/v1", "events")]
    public async Task Discovery_lists_both_versions(string path, string plural)
    {
        Assert.Contains(
            (await _cluster.ExpectAsync(200, HttpMethod.Get, path)).Items("resources"),
            resource => resource.Text("name") == plural
        );
        Assert.NotEmpty(
            (await _cluster.ExpectAsync(200, HttpMethod.Get, $"/openapi/v3{path}")).At("components", "schemas") as JsonObject ?? []
        );
    }

    [Fact]
    public async Task Kubectl_autoscales_and_lists_events()
    {
        using var kubectl = Kubectl.Of(_cluster);
        await kubectl.RunAsync("create", "deployment", "web", "--image=nginx");

        await kubectl.RunAsync("autoscale", "deployment", "web", "--max=3", "--cpu-percent=70");

        Assert.Contains("70%", await kubectl.RunAsync("get", "hpa.v1.autoscaling", "web"), StringComparison.Ordinal);
        await kubectl.RunAsync("get", "events.events.k8s.io");
    }
}
