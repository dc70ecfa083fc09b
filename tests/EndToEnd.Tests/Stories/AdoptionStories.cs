using System.Net.Sockets;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Model;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Exposures that take over what somebody has made by hand.</summary>
public sealed class AdoptionStories
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_port_made_by_hand_is_taken_over_without_a_gap_and_then_belongs_to_MeshPort_alone()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var cluster = host.Kubernetes();
        var address = await ServeByHandAsync(cluster);

        await host.FailAsync(await host.PutExposureAsync("shop", Shop(9300, adopt: false), Token), Token);
        Assert.Contains(
            "with adopt set to true, the exposure takes it over",
            await host.MessageAsync(StoryHost.Exposure("shop"), ConditionTypes.RouteProgrammed, Token),
            StringComparison.Ordinal
        );

        var plan = await host.PlanAsync(HttpMethod.Put, StoryHost.Exposure("shop"), Shop(9300), Token);
        var released = Assert.Single(plan, change => $"{change["target"]}" == "VirtualService default/entry");
        Assert.Equal("delete", $"{released["action"]}");
        Assert.Contains(
            released["diff"]!.AsArray(),
            difference =>
                $"{difference!["pointer"]}" == "/spec/tcp/0/route/0/destination/host"
                && $"{difference["after"]}" == "shop.default.svc.cluster.local"
        );
        Assert.Contains(plan, change => $"{change["target"]}" == "Gateway default/entry" && $"{change["action"]}" == "delete");
        Assert.Contains(plan, change => $"{change["why"]}".Contains("takes over port 9300", StringComparison.Ordinal));

        using var client = Assert.IsType<Socket>((await Dialing.ConnectAsync(address, 9300, Token)).Socket);
        using var watch = new CancellationTokenSource();
        var answers = DialAsync(address, 9300, watch.Token);
        await host.SucceedAsync(await host.PutExposureAsync("shop", Shop(9300), Token), Token);
        await watch.CancelAsync();
        Assert.Equal(["hello jose"], (await answers).Distinct());
        Assert.Equal("hello jose", await Dialing.ConverseAsync(client, "jose\n", Token));

        Assert.Null(await FindAsync(cluster, "gateways", "entry"));
        Assert.Null(await FindAsync(cluster, "virtualservices", "entry"));
        var service = await ServiceAsync(cluster);
        Assert.Equal("by-hand", Assert.Single(service.Spec.Ports, port => port.Port == 9300).Name);
        Assert.Equal(
            ["meshport"],
            service
                .Metadata.ManagedFields.Where(entry => $"{entry.FieldsV1}".Contains("9300", StringComparison.Ordinal))
                .Select(entry => entry.Manager)
        );
        Assert.Equal(
            ["Gateway default/entry", $"Service {StoryHost.Ingress}/{StoryHost.External}", "VirtualService default/entry"],
            (await AdoptedAsync(host)).Order(StringComparer.Ordinal)
        );

        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal(service.Metadata.ResourceVersion, (await ServiceAsync(cluster)).Metadata.ResourceVersion);
        Assert.Equal(3, (await AdoptedAsync(host)).Count);

        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("shop"), Token), Token);
        Assert.DoesNotContain((await ServiceAsync(cluster)).Spec.Ports, port => port.Port == 9300);
        Assert.Null(await FindAsync(cluster, "gateways", "meshport-shop"));
    }

    [Fact]
    public async Task A_younger_gateway_that_cannot_be_released_leaves_the_port_open_and_no_entry_in_the_history()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var cluster = host.Kubernetes();
        var address = await ServeByHandAsync(cluster);
        await cluster.CreateForeignAsync("gateways", "default", "younger", ForeignObjects.Gateway(9300), Token);
        host.Sandbox.Refuse(FaultLayer.Kubernetes, "DELETE networking.istio.io/*", "younger");

        await host.FailAsync(await host.PutExposureAsync("shop", Shop(9300), Token), Token);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);

        Assert.NotNull(await FindAsync(cluster, "gateways", "entry"));
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9300, Token));
        Assert.Empty(await AdoptedAsync(host));

        host.Sandbox.World.Faults.Clear();
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        await host.UntilConditionAsync(StoryHost.Exposure("shop"), ConditionTypes.Ready, "True", Reasons.AsDesired, Token);
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9300, Token));
        Assert.Equal(
            [
                "Gateway default/younger",
                "Gateway default/entry",
                "VirtualService default/entry",
                $"Service {StoryHost.Ingress}/{StoryHost.External}",
            ],
            await AdoptedAsync(host)
        );
    }

    [Fact]
    public async Task A_port_of_the_Service_that_cannot_be_adopted_keeps_its_route()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var cluster = host.Kubernetes();
        await cluster.DeployEchoAsync("shop", 7000, Token);
        await MakeByHandAsync(cluster, "entry", 9300);
        await OpenPortByHandAsync(cluster, "by-hand", 9300, target: 19300);

        await host.FailAsync(await host.PutExposureAsync("shop", Shop(9300), Token), Token);

        Assert.Equal(
            ("False", Reasons.GatewayConflict),
            await host.ConditionAsync(StoryHost.Exposure("shop"), ConditionTypes.RouteProgrammed, Token)
        );
        Assert.Contains(
            "its target port is 19300, not 9300",
            await host.MessageAsync(StoryHost.Exposure("shop"), ConditionTypes.RouteProgrammed, Token),
            StringComparison.Ordinal
        );
        Assert.NotNull(await FindAsync(cluster, "gateways", "entry"));
        Assert.NotNull(await FindAsync(cluster, "virtualservices", "entry"));
    }

    [Fact]
    public async Task An_object_that_comes_back_after_its_adoption_is_a_conflict_and_stays()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var cluster = host.Kubernetes();
        await cluster.DeployEchoAsync("shop", 7000, Token);
        await MakeByHandAsync(cluster, "entry", 9300);
        await host.SucceedAsync(await host.PutExposureAsync("shop", Shop(9300), Token), Token);
        Assert.Null(await FindAsync(cluster, "gateways", "entry"));

        await MakeByHandAsync(cluster, "entry", 9300);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);

        Assert.Equal(
            ("False", Reasons.GatewayConflict),
            await host.ConditionAsync(StoryHost.Exposure("shop"), ConditionTypes.RouteProgrammed, Token)
        );
        Assert.Contains(
            "has appeared since",
            await host.MessageAsync(StoryHost.Exposure("shop"), ConditionTypes.RouteProgrammed, Token),
            StringComparison.Ordinal
        );
        Assert.NotNull(await FindAsync(cluster, "gateways", "entry"));

        await cluster.DeleteForeignAsync("gateways", "default", "entry", Token);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        await host.UntilConditionAsync(StoryHost.Exposure("shop"), ConditionTypes.Ready, "True", Reasons.AsDesired, Token);
    }

    [Fact]
    public async Task Parts_of_an_object_that_others_need_stay()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var cluster = host.Kubernetes();
        await cluster.DeployEchoAsync("shop", 7000, Token);
        await cluster.CreateForeignAsync(
            "gateways",
            "default",
            "entry",
            """
            {"selector":{"istio":"aks-istio-ingressgateway-external"},"servers":[
             {"port":{"number":9300,"name":"tcp-a","protocol":"TCP"},"hosts":["*"]},
             {"port":{"number":8080,"name":"http","protocol":"HTTP"},"hosts":["*"]},
             {"port":{"number":9301,"name":"tcp-b","protocol":"TCP"},"hosts":["*"]}]}
            """,
            Token
        );
        await cluster.CreateForeignAsync(
            "virtualservices",
            "default",
            "entry",
            """
            {"hosts":["*"],"gateways":["entry"],"tcp":[{"match":[{"port":9300},{"port":9301}],
             "route":[{"destination":{"host":"shop","port":{"number":7000}}}]}]}
            """,
            Token
        );

        await host.SucceedAsync(await host.PutExposureAsync("first", Shop(9300), Token), Token);
        Assert.Equal(["8080", "9301"], await NumbersAsync(cluster));
        var rule = (await FindAsync(cluster, "virtualservices", "entry"))?["spec"]?["tcp"]?[0];
        Assert.Equal("9301", $"{Assert.Single(rule?["match"]!.AsArray()!)?["port"]}");

        await host.SucceedAsync(await host.PutExposureAsync("second", Shop(9301), Token), Token);
        Assert.Equal(["8080"], await NumbersAsync(cluster));
        Assert.Null(await FindAsync(cluster, "virtualservices", "entry"));
    }

    [Fact]
    public async Task A_server_that_comes_back_in_an_older_gateway_leaves_the_port_open()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var cluster = host.Kubernetes();
        await cluster.DeployEchoAsync("shop", 7000, Token);
        const string Servers = """
            [{"port":{"number":8080,"name":"http","protocol":"HTTP"},"hosts":["*"]},
             {"port":{"number":9300,"name":"tcp","protocol":"TCP"},"hosts":["*"]}]
            """;
        var spec = $$$"""{"selector":{"istio":"aks-istio-ingressgateway-external"},"servers":{{{Servers}}}}""";
        await cluster.CreateForeignAsync("gateways", "default", "entry", spec, Token);
        await RouteByHandAsync(cluster, "entry", 9300);
        await host.SucceedAsync(await host.PutExposureAsync("shop", Shop(9300), Token), Token);
        Assert.Equal(["8080"], await NumbersAsync(cluster));

        await RouteByHandAsync(cluster, "entry", 9300);
        await cluster.CustomObjects.PatchNamespacedCustomObjectAsync(
            new V1Patch($$$"""{"spec":{"servers":{{{Servers}}}}}""", V1Patch.PatchType.MergePatch),
            "networking.istio.io",
            "v1",
            "default",
            "gateways",
            "entry",
            cancellationToken: Token
        );
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);

        Assert.Equal(
            ("False", Reasons.GatewayConflict),
            await host.ConditionAsync(StoryHost.Exposure("shop"), ConditionTypes.RouteProgrammed, Token)
        );
        Assert.Equal(["8080", "9300"], await NumbersAsync(cluster));
        Assert.NotNull(await FindAsync(cluster, "gateways", "meshport-shop"));
        Assert.Contains((await ServiceAsync(cluster)).Spec.Ports, port => port.Port == 9300);
        Assert.Equal("hello jose", await Dialing.AskAsync(await host.AddressAsync("shop", Token), 9300, Token));
    }

    [Fact]
    public async Task With_companion_Services_the_routes_are_adopted_and_the_old_address_keeps_its_port()
    {
        var spec = StoryHost.ClusterSpec();
        spec["strategy"] = "companionService";
        await using var host = await StoryHost.StartReadyAsync(Token, spec);
        using var cluster = host.Kubernetes();
        await cluster.DeployEchoAsync("shop", 7000, Token);
        await MakeByHandAsync(cluster, "entry", 9300);
        await OpenPortByHandAsync(cluster, "by-hand", 9300);
        var old = (await ServiceAsync(cluster)).Status.LoadBalancer.Ingress[0].Ip;

        await host.SucceedAsync(await host.PutExposureAsync("shop", Shop(9300), Token), Token);

        Assert.Null(await FindAsync(cluster, "gateways", "entry"));
        var address = await host.AddressAsync("shop", Token);
        Assert.NotEqual(old, address);
        Assert.Equal("hello jose", await Dialing.AskAsync(old, 9300, Token));
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9300, Token));
    }

    private static JsonObject Shop(int port, bool adopt = true)
    {
        var spec = StoryHost.Of(port, ("shop", "default", 7000, null));
        spec["adopt"] = adopt;
        return spec;
    }

    /// <summary>Lets port 9300 lead to an echo server by objects of others.</summary>
    /// <returns>The address at which it answers.</returns>
    private static async Task<string> ServeByHandAsync(IKubernetes cluster)
    {
        await cluster.DeployEchoAsync("shop", 7000, Token);
        await MakeByHandAsync(cluster, "entry", 9300);
        await OpenPortByHandAsync(cluster, "by-hand", 9300);
        var address = (await ServiceAsync(cluster)).Status.LoadBalancer.Ingress[0].Ip;
        await StoryHost.UntilDialledAsync(address, 9300, "hello jose", Token);
        return address;
    }

    private static async Task MakeByHandAsync(IKubernetes cluster, string name, int port)
    {
        await cluster.CreateForeignAsync("gateways", "default", name, ForeignObjects.Gateway(port), Token);
        await RouteByHandAsync(cluster, name, port);
    }

    private static Task RouteByHandAsync(IKubernetes cluster, string name, int port) =>
        cluster.CreateForeignAsync("virtualservices", "default", name, ForeignObjects.VirtualService(name, port, "shop", 7000), Token);

    /// <summary>The step of the walk-through: kubectl edit.</summary>
    private static Task OpenPortByHandAsync(IKubernetes cluster, string name, int port, int? target = null) =>
        cluster.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch(
                $$$"""{"spec":{"ports":[{"name":"{{{name}}}","port":{{{port}}},"targetPort":{{{target ?? port}}}}]}}""",
                V1Patch.PatchType.StrategicMergePatch
            ),
            StoryHost.External,
            StoryHost.Ingress,
            fieldManager: "kubectl-edit",
            cancellationToken: Token
        );

    /// <summary>Asks again and again until the token is cancelled.</summary>
    private static async Task<IReadOnlyList<string>> DialAsync(string address, int port, CancellationToken cancellationToken)
    {
        var answers = new List<string>();
        while (!cancellationToken.IsCancellationRequested)
        {
            answers.Add(await Dialing.AskAsync(address, port, Token));
        }

        return answers;
    }

    private static Task<V1Service> ServiceAsync(IKubernetes cluster) =>
        cluster.CoreV1.ReadNamespacedServiceAsync(StoryHost.External, StoryHost.Ingress, cancellationToken: Token);

    private static async Task<JsonNode?> FindAsync(IKubernetes cluster, string plural, string name)
    {
        try
        {
            var found = await cluster.CustomObjects.GetNamespacedCustomObjectAsync(
                "networking.istio.io",
                "v1",
                "default",
                plural,
                name,
                cancellationToken: Token
            );
            return JsonNode.Parse($"{found}");
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private static async Task<IReadOnlyList<string>> NumbersAsync(IKubernetes cluster) =>
        [
            .. ((await FindAsync(cluster, "gateways", "entry"))?["spec"]?["servers"] as JsonArray ?? []).Select(server =>
                $"{server?["port"]?["number"]}"
            ),
        ];

    private static async Task<IReadOnlyList<string>> AdoptedAsync(MeshPortHost host) =>
        [
            .. (await host.StatusAsync(StoryHost.Exposure("shop"), Token))
                .GetProperty("history")
                .EnumerateArray()
                .Where(entry => entry.GetProperty("type").GetString() == HistoryTypes.Adopted)
                .Select(entry => entry.GetProperty("target").GetString() ?? ""),
        ];
}
