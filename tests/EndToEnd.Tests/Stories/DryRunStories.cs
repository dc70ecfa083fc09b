using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using k8s;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>
/// A dry run (<c>?dryRun=true</c>) observes the cluster, does not rely on the stored status, and writes nothing.
/// </summary>
public sealed class DryRunStories
{
    private const string Service = "Service aks-istio-ingress/meshport-external";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_companion_services_a_dry_run_shows_the_change_of_the_existing_Service()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With("companionService"));
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);
        using var kubernetes = host.Kubernetes();
        var writes = Writes(host);

        var more = await PlanAsync(host, HttpMethod.Put, StoryHost.Exposure("two"), MeshPortHost.Echo("two", 9001));
        Assert.Equal(
            [
                "create Deployment default/two",
                "create Service default/two",
                "create Gateway default/meshport-two",
                "create VirtualService default/meshport-two",
                $"update {Service}",
            ],
            more.Skip(1).Select(Line)
        );
        Assert.Equal("/ports/tcp-9001", Assert.Single(more[^1]["diff"]?.AsArray() ?? [])?["pointer"]?.GetValue<string>());

        Assert.Contains(
            $"none {Service}",
            (await PlanAsync(host, HttpMethod.Put, StoryHost.Exposure("one"), MeshPortHost.Echo("one", 9000))).Select(Line)
        );
        Assert.Contains($"delete {Service}", (await PlanAsync(host, HttpMethod.Delete, StoryHost.Exposure("one"), null)).Select(Line));
        Assert.Equal(writes, Writes(host));

        await kubernetes.CoreV1.DeleteNamespacedServiceAsync("meshport-external", StoryHost.Ingress, cancellationToken: Token);
        await Wait.UntilAsync(
            "its load balancer is deleted",
            Walkthrough.Within,
            async () =>
                (await kubernetes.CoreV1.ListNamespacedServiceAsync(StoryHost.Ingress, cancellationToken: Token)).Items.All(service =>
                    service.Metadata.Name != "meshport-external"
                ),
            Token
        );
        Assert.Contains(
            $"create {Service}",
            (await PlanAsync(host, HttpMethod.Put, StoryHost.Exposure("one"), MeshPortHost.Echo("one", 9000))).Select(Line)
        ); // the stored status says that it is open
    }

    [Fact]
    public async Task A_dry_run_shows_an_exposure_that_its_sources_close_and_no_unchanged_ports()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With("managedService"));
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);
        await host.SucceedAsync(await host.PutExposureAsync("two", MeshPortHost.Echo("two", 9001), Token), Token);
        var writes = Writes(host);

        var closed = await PlanAsync(
            host,
            HttpMethod.Put,
            StoryHost.Exposure("one"),
            MeshPortHost.Echo("one", 9000).AllowedFrom("127.30.0.0/16")
        );
        Assert.Contains(
            closed,
            change =>
                change["action"]?.GetValue<string>() == "none"
                && change["why"]?.GetValue<string>().Contains("Sources of a single port", StringComparison.Ordinal) == true
        );
        Assert.Contains("delete Gateway default/meshport-one", closed.Select(Line));
        Assert.DoesNotContain("meshport-two", string.Join(' ', closed.Select(Line)), StringComparison.Ordinal);

        foreach (var plan in new[] { closed, await PlanAsync(host, HttpMethod.Delete, StoryHost.Exposure("one"), null) })
        {
            var service = Assert.Single(plan, change => Line(change) == $"update Service {StoryHost.Ingress}/{StoryHost.External}");
            Assert.Equal("/tcp-9000", Assert.Single(service["diff"]?.AsArray() ?? [])?["pointer"]?.GetValue<string>());
        }

        Assert.Equal(writes, Writes(host));
    }

    [Fact]
    public async Task A_dry_run_of_a_batch_shows_the_changes_of_all_its_exposures_together()
    {
        var exposures = StoryHost.Exposure("").TrimEnd('/');
        await using var host = await StoryHost.StartReadyAsync(Token, With("managedService"));
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);
        await host.SucceedAsync(await host.PutExposureAsync("two", MeshPortHost.Echo("two", 9001), Token), Token);
        var writes = Writes(host);

        var plan = await PlanBatchAsync(
            host,
            HttpStatusCode.OK,
            [("one", MeshPortHost.Echo("one", 9000)), ("three", MeshPortHost.Echo("three", 9002))],
            ["two", "nobody"]
        );
        var lines = plan["changes"]!.AsArray().Select(change => Line(change!.AsObject())).ToList();
        Assert.Equal([$"none {exposures}/one", $"create {exposures}/three", $"none {exposures}/nobody"], lines.Take(3));
        Assert.Superset(
            new HashSet<string>
            {
                "none Deployment default/one",
                "create VirtualService default/meshport-three",
                "delete Deployment default/two",
            },
            lines.ToHashSet()
        );
        Assert.Equal($"delete {exposures}/two", lines[^1]);
        var service = Assert.Single(
            plan["changes"]!.AsArray(),
            change => $"{change!["target"]}" == $"Service {StoryHost.Ingress}/{StoryHost.External}"
        );
        Assert.Equal(["/tcp-9001", "/tcp-9002"], service!["diff"]!.AsArray().Select(field => $"{field!["pointer"]}").Order());

        var taken = await PlanBatchAsync(host, HttpStatusCode.Conflict, [("four", MeshPortHost.Echo("four", 9000))], []);
        Assert.Equal("/put/0/spec/port", $"{Assert.Single(taken["errors"]!.AsArray())!["pointer"]}");
        Assert.Equal(writes, Writes(host));
    }

    [Fact]
    public async Task A_dry_run_of_a_cluster_shows_the_effect_of_another_strategy_or_gateway_on_its_exposures()
    {
        const string AddOns = $"{StoryHost.Ingress}/{StoryHost.External}";
        var exposures = StoryHost.Exposure("").TrimEnd('/');
        await using var host = await StoryHost.StartReadyAsync(Token, With("managedService"));
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);
        await host.FailAsync(await host.PutExposureAsync("lost", StoryHost.Of(9001, ("nobody", "default", 9001, null)), Token), Token);
        var writes = Writes(host);

        var companion = await PlanAsync(host, HttpMethod.Put, MeshPortHost.Cluster, With("companionService"));
        Assert.Equal(
            [$"create {Service}", $"update Service {AddOns}", $"none {exposures}/lost"],
            companion.Select(Line).SkipWhile(line => line != $"create {Service}")
        );
        Assert.Equal(
            "/tcp-9000",
            Assert
                .Single(companion.Single(change => Line(change) == $"update Service {AddOns}")["diff"]?.AsArray() ?? [])
                ?["pointer"]?.GetValue<string>()
        );

        var gatewayApi = await PlanAsync(host, HttpMethod.Put, MeshPortHost.Cluster, With("gatewayApi"));
        Assert.Contains(
            gatewayApi,
            change =>
                Line(change) == $"unknown {exposures}"
                && change["why"]?.GetValue<string>().Contains("Gateway API", StringComparison.Ordinal) == true
        );

        var without = With("managedService");
        without["mesh"] = new JsonObject { ["gateways"] = new JsonArray("internal") };
        Assert.Contains(
            await PlanAsync(host, HttpMethod.Put, MeshPortHost.Cluster, without),
            change =>
                Line(change) == $"none {exposures}/one"
                && change["why"]?.GetValue<string>().Contains("mesh.gateways", StringComparison.Ordinal) == true
        );

        using var kubernetes = host.Kubernetes();
        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("lost"), Token), Token);
        Assert.Contains(
            $"none {exposures}",
            (await PlanAsync(host, HttpMethod.Put, MeshPortHost.Cluster, With("managedService"))).Select(Line)
        );
        host.Sandbox.World.Faults.Add(new FaultRule { Layer = FaultLayer.Kubernetes, Kind = FaultKind.Down });
        Assert.Contains(
            $"unknown {exposures}",
            (await PlanAsync(host, HttpMethod.Put, MeshPortHost.Cluster, With("managedService"))).Select(Line)
        );
    }

    private static long Writes(MeshPortHost host) => host.Sandbox.Traffic.ArmWrites + host.Sandbox.Traffic.KubernetesWrites;

    private static string Line(JsonObject change) => $"{change["action"]} {change["target"]}";

    private static Task<IReadOnlyList<JsonObject>> PlanAsync(MeshPortHost host, HttpMethod method, string path, JsonObject? spec) =>
        host.PlanAsync(method, path, spec, Token);

    private static async Task<JsonNode> PlanBatchAsync(
        MeshPortHost host,
        HttpStatusCode status,
        (string Name, JsonObject Spec)[] put,
        string[] delete
    )
    {
        using var answer = await host.Client.PostAsJsonAsync(
            $"{StoryHost.Exposure("").TrimEnd('/')}?dryRun=true",
            new { put = put.Select(one => new { name = one.Name, spec = one.Spec }), delete },
            Token
        );
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.StatusCode == status, $"{answer.StatusCode}: {text}");
        return Assert.IsType<JsonObject>(JsonNode.Parse(text));
    }

    private static JsonObject With(string strategy)
    {
        var spec = StoryHost.ClusterSpec();
        spec["strategy"] = strategy;
        return spec;
    }
}
