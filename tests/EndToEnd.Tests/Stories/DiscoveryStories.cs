using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.EndToEnd.Tests.Commands;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Host;
using static MeshPort.EndToEnd.Tests.Stories.AskingServices;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Services that ask for exposures by annotations.</summary>
public sealed class DiscoveryStories
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_Service_opens_a_port_by_an_annotation_and_closes_it_without()
    {
        await using var host = await StartAsync();
        using var kubernetes = host.Kubernetes();
        await kubernetes.DeployEchoAsync("web", 7000, Token, home: Home);
        await AnnotateAsync(kubernetes, "web", (Expose, "9000:7000"), ("meshport.io/probe", """{"send":"jose\n","expect":"jose"}"""));

        await host.ReconcileAsync(Token);
        await UntilAnsweredAsync(kubernetes, "web", "Ready");

        var address = await host.AddressAsync(Token);
        await StoryHost.UntilDialledAsync(address, 9000, "hello jose", Token);
        Assert.Equal($"{address}:9000", (await AnswerAsync(kubernetes, "web"))?["address"]?.GetValue<string>());
        var exposure = await OneAsync(host);
        Assert.Equal("""{"namespace":"shop","service":"web"}""", exposure["metadata"]?["owner"]?.ToJsonString());
        Assert.StartsWith("web-9000-", exposure["metadata"]?["name"]?.GetValue<string>(), StringComparison.Ordinal);
        await host.UntilConditionAsync(MeshPortHost.Cluster, "ServicesDiscovered", "True", "AsDesired", Token);

        await AnnotateAsync(kubernetes, "web", (Expose, null));
        await host.ReconcileAsync(Token);

        await UntilGoneAsync(host);
        await StoryHost.UntilDialledAsync(address, 9000, Dialing.Refused, Token);
        await Wait.UntilAsync("the answer is removed", Walkthrough.Within, async () => await AnswerAsync(kubernetes, "web") is null, Token);
    }

    [Fact]
    public async Task Refusals_are_told_once_on_the_Service_and_end_when_their_cause_ends()
    {
        await using var host = await StartAsync();
        using var kubernetes = host.Kubernetes();
        await kubernetes.DeployEchoAsync("web", 7000, Token, home: Home);
        await kubernetes.DeployEchoAsync("late", 7000, Token, home: Home);
        await AnnotateAsync(kubernetes, "web", (Expose, "8000:7000, 9000:7000"));
        await host.ReconcileAsync(Token);

        await UntilAnsweredAsync(kubernetes, "web", "Refused", "PortNotAllowed");
        await Wait.UntilAsync(
            "the other port is Ready",
            Walkthrough.Within,
            async () => await StateAsync(kubernetes, "web", line: 1) == "Ready",
            Token
        );
        await AnnotateAsync(kubernetes, "late", (Expose, "9000:7000"));
        await host.ReconcileAsync(Token);
        await UntilAnsweredAsync(kubernetes, "late", "Refused", "PortTaken");
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);

        var events = (await kubernetes.CoreV1.ListNamespacedEventAsync(Home, cancellationToken: Token)).Items.Where(IsOfMeshPort).ToList();
        Assert.Equal(["PortNotAllowed", "PortTaken"], events.Select(one => one.Reason).Order(StringComparer.Ordinal));
        Assert.All(events, one => Assert.Equal(("Service", Home), (one.InvolvedObject.Kind, one.InvolvedObject.NamespaceProperty)));
        await Wait.UntilAsync(
            "the cluster names both",
            Walkthrough.Within,
            async () =>
                (await host.MessageAsync(MeshPortHost.Cluster, "ServicesDiscovered", Token)).Contains(
                    "Refused: Service shop/late (PortTaken), Service shop/web (PortNotAllowed).",
                    StringComparison.Ordinal
                ),
            Token
        );

        await kubernetes.CoreV1.DeleteNamespacedServiceAsync("web", Home, cancellationToken: Token);
        await host.ReconcileAsync(Token);
        await UntilAnsweredAsync(kubernetes, "late", "Ready");
    }

    [Theory]
    [InlineData("managedService")]
    [InlineData("companionService")]
    [FailureRow("owned-by-service")]
    public async Task An_exposure_of_the_API_takes_the_port_and_only_the_annotation_changes_that_of_the_Service(string strategy)
    {
        await using var host = await StartAsync(strategy: strategy);
        using var kubernetes = host.Kubernetes();
        await ServeAsync(host, kubernetes);
        var name = (await OneAsync(host))["metadata"]?["name"]?.GetValue<string>() ?? "";

        using var put = await host.Client.PutAsJsonAsync(StoryHost.Exposure(name), new { spec = MeshPortHost.Echo("mine", 9001) }, Token);
        using var delete = await host.Client.DeleteAsync(StoryHost.Exposure(name), Token);
        foreach (var refused in new[] { put, delete })
        {
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
            var problem = await refused.Content.ReadFromJsonAsync<JsonObject>(Token);
            Assert.EndsWith("#owned-by-service", problem?["type"]?.GetValue<string>(), StringComparison.Ordinal);
            Assert.Contains("Service shop/web", problem?["detail"]?.GetValue<string>(), StringComparison.Ordinal);
        }

        using var unchanged = await host.Client.PutAsJsonAsync(
            StoryHost.Exposure(name),
            new { spec = (await OneAsync(host))["spec"] },
            Token
        );
        Assert.Equal(HttpStatusCode.OK, unchanged.StatusCode);

        var mine = MeshPortHost.Echo("mine", 9000);
        var plan = await host.PlanAsync(HttpMethod.Put, StoryHost.Exposure("mine"), mine, Token);
        Assert.Contains(plan, change => $"{change["action"]} {change["target"]}" == $"delete {StoryHost.Exposure(name)}");
        mine["workload"]!["args"] = new JsonArray("9000", "mine"); // Echo has one
        mine["probe"]!["expect"] = "mine jose"; // see above
        await host.SucceedAsync(await host.PutExposureAsync("mine", mine, Token), Token);

        await StoryHost.UntilDialledAsync(await host.AddressAsync("mine", Token), 9000, "mine jose", Token);
        await UntilAnsweredAsync(kubernetes, "web", "Refused", "PortTaken");
        await Wait.UntilAsync(
            "only the exposure of the API is left",
            Walkthrough.Within,
            async () => (await ListAsync(host)).Count == 1,
            Token
        );
        Assert.Equal("mine", (await OneAsync(host))["metadata"]?["name"]?.GetValue<string>());

        await host.DeleteAsync(StoryHost.Exposure("mine"), Token);
        await UntilAnsweredAsync(kubernetes, "web", "Ready");
    }

    [Fact]
    public async Task An_invalid_annotation_changes_nothing_and_tells_every_error()
    {
        await using var host = await StartAsync();
        using var kubernetes = host.Kubernetes();
        await ServeAsync(host, kubernetes);

        await AnnotateAsync(
            kubernetes,
            "web",
            (Expose, "9000:7001"),
            ("meshport.io/sources", "10.0.0.300"),
            ("meshport.io/source", "10.0.0.0/8"),
            ("meshport.io/probe", "ping")
        );
        await host.ReconcileAsync(Token);

        await UntilAnsweredAsync(kubernetes, "web", "Refused", "InvalidAnnotation");
        var message = (await AnswerAsync(kubernetes, "web"))?["message"]?.GetValue<string>() ?? "";
        foreach (var error in new[] { "no TCP port 7001", "sources: '10.0.0.300'", "meshport.io/source: Unknown", "probe: The value" })
        {
            Assert.Contains(error, message, StringComparison.Ordinal);
        }

        var address = await host.AddressAsync(Token);
        await StoryHost.UntilDialledAsync(address, 9000, "hello jose", Token);

        await AnnotateAsync(
            kubernetes,
            "web",
            (Expose, "9001:7000"),
            ("meshport.io/sources", null),
            ("meshport.io/source", null),
            ("meshport.io/probe", null)
        );
        await host.ReconcileAsync(Token);
        await StoryHost.UntilDialledAsync(address, 9001, "hello jose", Token);
        await StoryHost.UntilDialledAsync(address, 9000, Dialing.Refused, Token);
    }

    [Fact]
    public async Task A_namespace_that_leaves_the_selector_and_a_spec_without_discovery_close_the_ports()
    {
        await using var host = await StartAsync(
            new JsonObject
            {
                ["namespaceSelector"] = new JsonObject { ["team"] = "web" },
                ["ports"] = new JsonArray("9000"),
            }
        );
        using var kubernetes = host.Kubernetes();
        await kubernetes.DeployEchoAsync("web", 7000, Token, home: Home);
        await AnnotateAsync(kubernetes, "web", (Expose, "9000:7000"));
        await host.ReconcileAsync(Token);
        await UntilAnsweredAsync(kubernetes, "web", "Refused", "NamespaceNotAllowed");

        await LabelAsync(kubernetes, "web");
        await host.ReconcileAsync(Token);
        await UntilAnsweredAsync(kubernetes, "web", "Ready");

        await LabelAsync(kubernetes, null);
        await host.ReconcileAsync(Token);
        await UntilAnsweredAsync(kubernetes, "web", "Refused", "NamespaceNotAllowed");
        await UntilGoneAsync(host);

        await LabelAsync(kubernetes, "web");
        await host.ReconcileAsync(Token);
        await UntilAnsweredAsync(kubernetes, "web", "Ready");
        var plan = await host.PlanAsync(HttpMethod.Put, MeshPortHost.Cluster, StoryHost.ClusterSpec(), Token);
        Assert.Contains(
            plan,
            change => $"{change["action"]} {change["target"]}".Contains("delete VirtualService", StringComparison.Ordinal)
        );
        await host.SucceedAsync(await host.PutClusterAsync(Token, StoryHost.ClusterSpec()), Token);

        await UntilGoneAsync(host);
        await Wait.UntilAsync("the answer is removed", Walkthrough.Within, async () => await AnswerAsync(kubernetes, "web") is null, Token);
        await UntilConditionGoneAsync(host);
        await host.UntilConditionAsync(MeshPortHost.Cluster, "Ready", "True", "AsDesired", Token);
    }

    [Fact]
    public async Task The_command_line_shows_the_owner_and_leaves_the_exposure_to_it()
    {
        await using var host = await StartAsync();
        using var home = new TestDirectory();
        using var kubernetes = host.Kubernetes();
        await ServeAsync(host, kubernetes);
        var name = (await OneAsync(host))["metadata"]?["name"]?.GetValue<string>() ?? "";
        var user = CommandLine.UserOf(home);
        user["MESHPORT_URL"] = $"{host.Functions.Address}";

        (await CommandLine.RunAloneAsync(user, null, "get", "exposures", "-A", "-o", "wide")).Must(0).Says($"{name} .*Service shop/web");
        var described = await CommandLine.RunAloneAsync(user, null, "describe", "exposure", name);
        described.Must(0).Says("owner +Service shop/web, by its annotations");
        Assert.DoesNotContain("cannot tell", described.Output, StringComparison.Ordinal);
        var exported = await CommandLine.RunAloneAsync(user, null, "export", "-A");
        exported.Must(0).Says("discover:");
        Assert.DoesNotContain(name, exported.Output, StringComparison.Ordinal);

        var file = home.Write("environment.yaml", exported.Output);
        (await CommandLine.RunAloneAsync(user, null, "plan", "-f", file, "--prune")).Must(0).Says("^Nothing to change.$");
        (await CommandLine.RunAloneAsync(user, null, "unexpose", name, "--yes"))
            .Must(ExitCodes.Failed)
            .Complains("belongs to Service shop/web");
    }

    [Fact]
    public async Task A_dry_run_of_the_cluster_shows_what_Services_would_get()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var kubernetes = host.Kubernetes();
        await kubernetes.DeployEchoAsync("web", 7000, Token, home: Home);
        await AnnotateAsync(kubernetes, "web", (Expose, "9000:7000, 8000:7000"));
        var spec = StoryHost.ClusterSpec();
        spec["discover"] = Discover();

        var plan = await host.PlanAsync(HttpMethod.Put, MeshPortHost.Cluster, spec, Token);

        var lines = plan.Select(change => $"{change["action"]} {change["target"]}: {change["why"]}").ToList();
        Assert.Contains(lines, line => line.StartsWith($"create {StoryHost.Exposure("web-9000-")}", StringComparison.Ordinal));
        Assert.Contains(
            lines,
            line => line.StartsWith("none Service shop/web: Its request is refused (PortNotAllowed).", StringComparison.Ordinal)
        );
        Assert.Contains(lines, line => line.StartsWith("create VirtualService", StringComparison.Ordinal));
        Assert.Contains(
            lines,
            line => line.StartsWith($"update Service {StoryHost.Ingress}/{StoryHost.External}", StringComparison.Ordinal)
        );
        Assert.Empty(await ListAsync(host));
        Assert.Null(await AnswerAsync(kubernetes, "web"));
    }
}
