using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Exposures with several ports.</summary>
public sealed class PortRangeStories
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("managedService")]
    [InlineData("companionService")]
    [InlineData("gatewayApi")]
    public async Task A_range_is_served_changed_and_closed(string strategy)
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With(strategy));
        await host.SucceedAsync(await host.PutExposureAsync("games", Games("30000-30002"), Token), Token);
        var address = await host.AddressAsync("games", Token);
        await ServesAsync(address, 30000, 30001, 30002);
        Assert.StartsWith(
            "All 3 ports: ",
            await host.MessageAsync(StoryHost.Exposure("games"), "Reachable", Token),
            StringComparison.Ordinal
        );

        var writes = Writes(host);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal(writes, Writes(host));

        await host.SucceedAsync(await host.PutExposureAsync("games", Games("30000-30001", 30003), Token), Token);
        await ServesAsync(address, 30000, 30001, 30003);
        await StoryHost.UntilDialledAsync(address, 30002, Dialing.Refused, Token);
        Assert.Equal(("True", "AsDesired"), await host.ConditionAsync(StoryHost.Exposure("games"), "Ready", Token));

        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("games"), Token), Token);
        foreach (var port in new[] { 30000, 30001, 30003 })
        {
            await StoryHost.UntilDialledAsync(address, port, Dialing.Refused, Token);
        }

        using var kubernetes = host.Kubernetes();
        var left = await kubernetes.CoreV1.ListServiceForAllNamespacesAsync(
            labelSelector: "app.kubernetes.io/managed-by=meshport",
            cancellationToken: Token
        );
        Assert.Empty(left.Items);
    }

    [Fact]
    public async Task One_port_of_a_range_that_vanishes_is_opened_again()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With("managedService"));
        await host.SucceedAsync(await host.PutExposureAsync("games", Games("30000-30002"), Token), Token);
        using var kubernetes = host.Kubernetes();
        var service = await kubernetes.CoreV1.ReadNamespacedServiceAsync(StoryHost.External, StoryHost.Ingress, cancellationToken: Token);
        service.Spec.Ports = [.. service.Spec.Ports.Where(port => port.Port != 30001)];
        await kubernetes.CoreV1.ReplaceNamespacedServiceAsync(
            service,
            service.Name(),
            service.Namespace(),
            fieldManager: "kubectl-replace",
            cancellationToken: Token
        );

        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);

        await ServesAsync(await host.AddressAsync("games", Token), 30000, 30001, 30002);
        var history = (await host.StatusAsync(StoryHost.Exposure("games"), Token)).GetProperty("history").EnumerateArray();
        Assert.Equal(
            "Port 30001 had vanished from the gateway's Service and was opened again.",
            history.Last(entry => entry.GetProperty("type").GetString() == "PortReverted").GetProperty("message").GetString()
        );
    }

    [Fact]
    public async Task The_port_of_somebody_else_is_named_and_the_others_are_served_from_the_start()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With("managedService"));
        using var kubernetes = host.Kubernetes();
        await kubernetes.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch(
                """{"spec":{"ports":[{"name":"theirs","port":30001,"targetPort":30001,"protocol":"TCP"}]}}""",
                V1Patch.PatchType.StrategicMergePatch
            ),
            StoryHost.External,
            StoryHost.Ingress,
            fieldManager: "helm",
            cancellationToken: Token
        );
        var games = await host.PutExposureAsync("games", Games("30000-30002"), Token);

        await host.UntilConditionAsync(StoryHost.Exposure("games"), "PortOpen", "False", "PortTaken", Token);
        await host.FailAsync(games, Token);
        Assert.StartsWith(
            "1 of 3 ports (30001): Port 30001 of Service aks-istio-ingressgateway-external, or its name tcp-30001, belongs to field "
                + "manager helm.",
            await host.MessageAsync(StoryHost.Exposure("games"), "PortOpen", Token),
            StringComparison.Ordinal
        );
        var address = await host.AddressAsync(Token);
        await StoryHost.UntilDialledAsync(address, 30000, "hello jose", Token);
        await StoryHost.UntilDialledAsync(address, 30002, "hello jose", Token);
    }

    [Fact]
    public async Task Ports_that_fail_are_named_and_the_probe_may_leave_them_out()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With("companionService"));
        var ftp = Games(2121, "30100-30103");
        ftp["workload"]!["args"] = new JsonArray("7000,34980", "220"); // set by Games: 34980 is behind port 30101
        await host.PutExposureAsync("ftp", ftp, Token);

        await Wait.UntilAsync(
            "the ports without a server are named",
            Walkthrough.Within,
            async () =>
                (await host.MessageAsync(StoryHost.Exposure("ftp"), "Reachable", Token)).StartsWith(
                    "3 of 5 ports (30100, 30102-30103): ",
                    StringComparison.Ordinal
                ),
            Token
        );
        Assert.NotEqual("True", (await host.ConditionAsync(StoryHost.Exposure("ftp"), "Ready", Token)).Status);

        ftp["probe"]!["ports"] = new JsonArray(2121, 30101); // see above
        await host.SucceedAsync(await host.PutExposureAsync("ftp", ftp, Token), Token);

        Assert.StartsWith(
            "2 of 5 ports (2121, 30101): ",
            await host.MessageAsync(StoryHost.Exposure("ftp"), "Reachable", Token),
            StringComparison.Ordinal
        );
        Assert.Equal(("True", "AsDesired"), await host.ConditionAsync(StoryHost.Exposure("ftp"), "Ready", Token));
    }

    [Theory]
    [InlineData("managedService")]
    [InlineData("companionService")]
    public async Task Sources_and_addresses_of_clients_apply_to_all_ports(string strategy)
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With(strategy));
        var games = Games("30000-30001").AllowedFrom("127.0.0.1", "127.30.0.0/16");
        games["clientAddress"] = "preserve";
        await host.SucceedAsync(await host.PutExposureAsync("games", games, Token), Token);
        var address = await host.AddressAsync("games", Token);

        foreach (var port in new[] { 30000, 30001 })
        {
            Assert.Equal("hello jose", await Dialing.AskAsync(address, port, Token, "127.30.1.2"));
            Assert.Contains(await Dialing.AskAsync(address, port, Token, "127.40.1.2"), new[] { Dialing.Silent, Dialing.Reset });
        }
    }

    [Fact]
    public async Task A_change_of_strategy_serves_the_range_all_the_time_and_a_dry_run_shows_an_added_port()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With("managedService"));
        await host.SucceedAsync(await host.PutExposureAsync("games", Games("30000-30001"), Token), Token);
        var before = await host.AddressAsync("games", Token);

        var plan = await host.PlanAsync(HttpMethod.Put, StoryHost.Exposure("games"), Games("30000-30002"), Token);
        Assert.Equal(
            [
                "update Gateway default/meshport-games",
                "update VirtualService default/meshport-games",
                $"update Service {StoryHost.Ingress}/{StoryHost.External}",
            ],
            plan.Select(change => $"{change["action"]} {change["target"]}")
                .Where(line => line.StartsWith("update", StringComparison.Ordinal) && !line.Contains("/api/", StringComparison.Ordinal))
                .Except(["update Deployment default/games", "update Service default/games"])
        );

        await host.SucceedAsync(await host.PutClusterAsync(Token, With("companionService")), Token);
        var after = await host.AddressAsync("games", Token);
        Assert.NotEqual(before, after);
        await ServesAsync(after, 30000, 30001);
        await StoryHost.UntilDialledAsync(before, 30000, Dialing.Refused, Token);
        await StoryHost.UntilDialledAsync(before, 30001, Dialing.Refused, Token);
    }

    /// <summary>As many ports as one exposure may have, with one that somebody removes later.</summary>
    [Fact]
    public async Task The_largest_range_is_served_and_repaired()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With("companionService"));
        await host.SucceedAsync(await host.PutExposureAsync("games", Games("30000-30119"), Token), Token);
        var address = await host.AddressAsync("games", Token);
        await ServesAsync(address, 30000, 30059, 30119);
        using var kubernetes = host.Kubernetes();
        var gateway = JsonSerializer.SerializeToNode(
            await kubernetes.CustomObjects.GetNamespacedCustomObjectAsync(
                "networking.istio.io",
                "v1",
                "default",
                "gateways",
                "meshport-games",
                cancellationToken: Token
            )
        );
        Assert.Equal(120, gateway?["spec"]?["servers"]?.AsArray().Count);
        await kubernetes.CustomObjects.PatchNamespacedCustomObjectAsync(
            new V1Patch("""[{"op":"remove","path":"/spec/servers/59"}]""", V1Patch.PatchType.JsonPatch),
            "networking.istio.io",
            "v1",
            "default",
            "gateways",
            "meshport-games",
            cancellationToken: Token
        );

        await host.ReconcileAsync(Token);

        await StoryHost.UntilDialledAsync(address, 30059, "hello jose", Token);
        await host.UntilConditionAsync(StoryHost.Exposure("games"), "Ready", "True", "AsDesired", Token);
    }

    private static async Task ServesAsync(string address, params int[] ports)
    {
        foreach (var port in ports)
        {
            Assert.Equal("hello jose", await Dialing.AskAsync(address, port, Token));
        }
    }

    /// <summary>Ports that lead to ports of an echo server from 7000 on.</summary>
    private static JsonObject Games(params JsonNode[] ports)
    {
        var listens = string.Join(',', Enumerable.Range(7000, 120).Select(port => port.ToString(CultureInfo.InvariantCulture)));
        return new JsonObject
        {
            ["ports"] = new JsonArray([.. ports.Select(port => port.DeepClone())]),
            ["backends"] = new JsonArray(new JsonObject { ["service"] = "games", ["port"] = 7000 }),
            ["workload"] = new JsonObject
            {
                ["image"] = "istio/tcp-echo-server:1.1",
                ["args"] = new JsonArray(listens, "hello"),
                ["containerPort"] = 7000,
            },
            ["probe"] = new JsonObject { ["send"] = "jose\n", ["expect"] = "jose" },
        };
    }

    private static long Writes(MeshPortHost host) => host.Sandbox.Traffic.ArmWrites + host.Sandbox.Traffic.KubernetesWrites;

    private static JsonObject With(string strategy)
    {
        var spec = StoryHost.ClusterSpec();
        spec["strategy"] = strategy;
        if (strategy == "gatewayApi")
        {
            spec["kubernetesVersion"] = "1.37";
            spec["mesh"] = new JsonObject { ["revision"] = "asm-1-31", ["gateways"] = new JsonArray("external") };
        }

        return spec;
    }
}
