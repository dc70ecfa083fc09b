using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;
using static MeshPort.Sandbox.Tests.Controllers.Manifests;

namespace MeshPort.Sandbox.Tests.Controllers;

/// <summary>StatefulSets and DaemonSets.</summary>
public sealed class SetTests
{
    private const string Nginx = """{"name":"n","image":"nginx:1.27"}""";

    private const string Claims = """
        ,"serviceName":"web","replicas":2,"volumeClaimTemplates":[{"metadata":{"name":"www"},
        "spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"} } } }]
        """;

    [Fact]
    public async Task A_stateful_set_starts_its_pods_one_by_one_with_claims_of_their_own()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync($"{Apps}/statefulsets", $$"""{"metadata":{"name":"web"},"spec":{{Spec("web", Nginx, Claims)}} }""");

        var set = await cluster.UntilAsync($"{Apps}/statefulsets/web", found => found.Number("status", "readyReplicas") == 2);

        Assert.Equal(set.Text("status", "updateRevision"), set.Text("status", "currentRevision"));
        var (first, second) = (await cluster.ReadAsync($"{Core}/pods/web-0"), await cluster.ReadAsync($"{Core}/pods/web-1"));
        Assert.True(
            string.CompareOrdinal(second.Text("metadata", "creationTimestamp"), ReadyTime(first)) >= 0,
            "the second pod starts when the first is ready"
        );
        Assert.Equal("www-web-1", second.Items("spec", "volumes").First().Text("persistentVolumeClaim", "claimName"));
        var claim = await cluster.ReadAsync($"{Core}/persistentvolumeclaims/www-web-1");
        Assert.Equal(("Bound", "default"), (claim.Text("status", "phase"), claim.Text("spec", "storageClassName")));

        static string? ReadyTime(System.Text.Json.Nodes.JsonObject pod) =>
            pod.Items("status", "conditions").First(condition => condition.Text("type") == "Ready").Text("lastTransitionTime");
    }

    [Fact]
    public async Task A_stateful_set_keeps_its_claims_and_replaces_the_last_pod_first()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync($"{Apps}/statefulsets", $$"""{"metadata":{"name":"web"},"spec":{{Spec("web", Nginx, Claims)}} }""");
        await cluster.UntilAsync($"{Apps}/statefulsets/web", found => found.Number("status", "readyReplicas") == 2);
        var before = await cluster.ReadAsync($"{Core}/pods/web-0");

        await cluster.PatchAsync(
            $"{Apps}/statefulsets/web",
            """
            {"spec":{"updateStrategy":{"rollingUpdate":{"partition":1} },
            "template":{"spec":{"containers":[{"name":"n","image":"nginx:1.28"}]} } } }
            """
        );
        await cluster.UntilAsync(
            $"{Apps}/statefulsets/web",
            found => found.Number("status", "updatedReplicas") == 1 && found.Number("status", "readyReplicas") == 2
        );
        Assert.Equal(before.Uid(), (await cluster.ReadAsync($"{Core}/pods/web-0")).Uid());
        Assert.Equal("nginx:1.28", (await cluster.ReadAsync($"{Core}/pods/web-1")).Items("spec", "containers").First().Text("image"));

        await cluster.PatchAsync($"{Apps}/statefulsets/web/scale", """{"spec":{"replicas":1} }""");
        await cluster.UntilAsync($"{Apps}/statefulsets/web", found => found.Number("status", "replicas") == 1);
        Assert.Equal(2, (await cluster.ListAsync($"{Core}/persistentvolumeclaims")).Length);
        var revisions = await cluster.ListAsync($"{Apps}/controllerrevisions");
        Assert.Equal([1, 2], revisions.Select(revision => revision.Number("revision")).Order());
    }

    [Fact]
    public async Task A_stateful_sets_spec_changes_only_in_some_fields()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync($"{Apps}/statefulsets", $$"""{"metadata":{"name":"web"},"spec":{{Spec("web", Nginx)}} }""");

        var refusal = await cluster.ExpectAsync(
            422,
            HttpMethod.Patch,
            $"{Apps}/statefulsets/web",
            """{"spec":{"serviceName":"other"} }""",
            Merge
        );

        Assert.Equal(
            "StatefulSet.apps \"web\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', "
                + "'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
                + "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are "
                + "forbidden",
            refusal.Text("message")
        );
    }

    [Fact]
    public async Task A_daemon_set_has_a_pod_on_each_node_even_when_it_is_cordoned()
    {
        await using var cluster = await TestCluster.StartAsync();
        var nodes = (await cluster.ListAsync("/api/v1/nodes")).Select(node => node.Name()).ToArray();
        await cluster.PatchAsync($"/api/v1/nodes/{nodes[0]}", """{"spec":{"unschedulable":true} }""");

        await cluster.CreateAsync($"{Apps}/daemonsets", $$"""{"metadata":{"name":"agent"},"spec":{{Spec("agent", Nginx)}} }""");

        await cluster.UntilAsync($"{Apps}/daemonsets/agent", found => found.Number("status", "numberReady") == nodes.Length);
        var pods = await cluster.ListAsync($"{Core}/pods");
        Assert.Equal(nodes, pods.Select(pod => pod.Text("spec", "nodeName")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_daemon_sets_new_template_replaces_pod_after_pod()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync($"{Apps}/daemonsets", $$"""{"metadata":{"name":"agent"},"spec":{{Spec("agent", Nginx)}} }""");
        await cluster.UntilAsync($"{Apps}/daemonsets/agent", found => found.Number("status", "numberReady") == 2);

        await cluster.PatchAsync(
            $"{Apps}/daemonsets/agent",
            """{"spec":{"template":{"spec":{"containers":[{"name":"n","image":"nginx:1.28"}]} } } }"""
        );

        await cluster.UntilAsync(
            $"{Apps}/daemonsets/agent",
            found =>
                found.Number("status", "observedGeneration") == 2
                && found.Number("status", "updatedNumberScheduled") == 2
                && found.Number("status", "numberReady") == 2
        );
        var events = await cluster.ListAsync($"{Core}/events?fieldSelector=involvedObject.kind=DaemonSet");
        Assert.Equal(2, events.Count(item => item.Text("reason") == "SuccessfulDelete"));
    }

    [Fact]
    public async Task A_daemon_set_leaves_out_nodes_that_its_selector_does_not_match()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync(
            $"{Apps}/daemonsets",
            """
            {"metadata":{"name":"agent"},"spec":{"selector":{"matchLabels":{"app":"a"} },"template":{"metadata":{"labels":{"app":"a"} },
            "spec":{"nodeSelector":{"kubernetes.io/os":"windows"},"containers":[{"name":"n","image":"nginx"}]} } } }
            """
        );

        var set = await cluster.UntilAsync($"{Apps}/daemonsets/agent", found => found.Number("status", "observedGeneration") == 1);

        Assert.Equal(0, set.Number("status", "desiredNumberScheduled"));
    }
}
