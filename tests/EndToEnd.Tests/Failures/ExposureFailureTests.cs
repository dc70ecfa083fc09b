using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.Sandbox.Faults;
using MeshPort.State;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>Failures of an exposure's route, its port and its removal.</summary>
public sealed class ExposureFailureTests
{
    private const string AddOnService = "aks-istio-ingressgateway-external";
    private const string AddOnNamespace = "aks-istio-ingress";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, FailureRow(Reasons.NoReadyEndpoints)]
    [InlineData("external")]
    [InlineData("internal")]
    public async Task A_backend_without_pods_is_reported_where_a_probe_does_not_tell(string gateway)
    {
        await using var room = await FailureRoom.StartAsync();
        var mesh = new JsonObject { ["gateways"] = new JsonArray("external", "internal") };
        await room.AskClusterAsync(FailureRoom.ClusterWith("mesh", mesh));
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.True, Reasons.AsDesired, "");
        using var cluster = room.Host.Kubernetes();
        await ForeignService.ServiceAsync(cluster, Token);
        var spec = FailureRoom.Echo();
        spec["gateway"] = gateway;
        spec["backends"] = new JsonArray(
            new JsonObject
            {
                ["service"] = "echo",
                ["port"] = 9000,
                ["weight"] = 99,
            },
            new JsonObject
            {
                ["service"] = "theirs",
                ["port"] = 9000,
                ["weight"] = 1,
            }
        );

        await room.AskExposureAsync(spec);
        await room.SeesAsync(
            ConditionTypes.Reachable,
            ConditionStatus.False,
            Reasons.NoReadyEndpoints,
            "Service default/theirs has no ready endpoint for port 9000, so 1 % of the connections fail"
        );

        await ForeignService.PodsAsync(cluster, Token);
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.True, Reasons.AsDesired, "");
    }

    [Theory, FailureRow(Reasons.AccessDenied)]
    [InlineData("managedService", "PATCH services", ConditionTypes.PortOpen)]
    [InlineData("companionService", "DELETE services", ConditionTypes.PortOpen)]
    [InlineData("managedService", "DELETE networking.istio.io/*", ConditionTypes.RouteProgrammed)]
    [InlineData("managedService", "DELETE apps/deployments", ConditionTypes.WorkloadReady)]
    public async Task A_removal_ends_only_when_the_API_server_lets_every_object_go(string strategy, string operation, string condition)
    {
        await using var room = await FailureRoom.ReadyAsync(FailureRoom.ClusterWith("strategy", strategy));

        room.Break(FaultLayer.Kubernetes, FaultKind.Refused, operation);
        await room.Host.FailAsync(await room.Host.DeleteAsync(FailureRoom.ExposurePath, Token), Token);
        await room.SeesAsync(condition, ConditionStatus.False, Reasons.AccessDenied, "Give MeshPort's identity the role");

        room.Mend();
        await room.ForgetsAsync(FailureRoom.ExposurePath);
    }

    [Fact, FailureRow(Reasons.AccessDenied)]
    public async Task A_change_of_strategy_names_why_the_old_ports_stay_open()
    {
        await using var room = await FailureRoom.ReadyAsync(FailureRoom.ClusterWith("strategy", "companionService"));
        room.Break(FaultLayer.Kubernetes, FaultKind.Refused, "DELETE services");

        var change = await room.Host.PutClusterAsync(Token, FailureRoom.ClusterWith("strategy", "managedService"));
        var end = await room.Host.Client.EndAsync(change, Walkthrough.Within, Token);

        Assert.Equal("Failed", end.GetProperty("status").GetString());
        Assert.Contains("The ports of the previous strategy stay open", end.GetRawText(), StringComparison.Ordinal);
        room.Mend();
        await room.Host.SucceedAsync(await room.Host.ReconcileAsync(Token), Token);
    }

    [Fact, FailureRow(Reasons.KubernetesRefused)]
    public async Task An_object_at_which_the_API_server_fails_stops_no_other_exposure()
    {
        await using var room = await FailureRoom.ReadyAsync();
        using var cluster = room.Host.Kubernetes();
        room.Host.Sandbox.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Kubernetes,
                Kind = FaultKind.InternalError,
                Operation = "PATCH deployments",
                Target = "late",
                Message = "Internal error occurred: failed to allocate a serviceIP: range is full",
            }
        );

        await room.Host.PutExposureAsync("late", MeshPortHost.Echo("late", 9001), Token);
        var late = $"{MeshPortHost.Cluster}/exposures/late";
        await Wait.UntilAsync(
            "the late exposure waits for its object",
            Walkthrough.Within,
            async () => await room.Host.ConditionAsync(late, ConditionTypes.WorkloadReady, Token) is ("Unknown", Reasons.KubernetesRefused),
            Token
        );
        await ChangeServiceAsync(cluster, DropPort);
        await Wait.UntilAsync(
            "the port of the other exposure is back",
            Walkthrough.Within,
            async () => (await ServiceAsync(cluster)).Spec.Ports.Any(port => port.Port == 9000),
            Token
        );
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.True, Reasons.AsDesired, "");
        Assert.DoesNotContain(
            (await room.Host.StatusAsync(FailureRoom.ExposurePath, Token)).GetProperty("history").EnumerateArray(),
            entry => entry.GetProperty("reason").GetString() == Reasons.ApiServerUnreachable
        );

        room.Mend();
        await Wait.UntilAsync(
            "the late exposure is ready",
            Walkthrough.Within,
            async () => await room.Host.ConditionAsync(late, ConditionTypes.Ready, Token) is ("True", _),
            Token
        );
    }

    [Fact, FailureRow(Reasons.BackendNotFound)]
    public async Task A_missing_backend_is_reported_until_it_exists()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();

        await room.AskExposureAsync(FailureRoom.Of("theirs"));
        await room.SeesAsync(
            ConditionTypes.RouteProgrammed,
            ConditionStatus.False,
            Reasons.BackendNotFound,
            "Create it, or correct the backend"
        );

        using var cluster = room.Host.Kubernetes();
        await ForeignService.ServiceAsync(cluster, Token);
        await ForeignService.PodsAsync(cluster, Token);
        await room.HealsAsync(ConditionTypes.RouteProgrammed);
    }

    [Fact, FailureRow(Reasons.ObjectNotOurs)]
    public async Task An_object_of_others_is_left_alone_and_reported_until_it_is_gone()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.True, Reasons.AsDesired, "");
        using var cluster = room.Host.Kubernetes();
        var theirs =
            JsonNode.Parse(
                """
                {"apiVersion":"networking.istio.io/v1","kind":"Gateway","metadata":{"name":"meshport-echo"},
                 "spec":{"selector":{"istio":"theirs"},"servers":[{"port":{"number":7000,"name":"tcp","protocol":"TCP"},"hosts":["*"]}]}}
                """
            ) ?? "";
        await cluster.CustomObjects.CreateNamespacedCustomObjectAsync(
            theirs,
            "networking.istio.io",
            "v1",
            "default",
            "gateways",
            cancellationToken: Token
        );

        await room.AskExposureAsync();
        await room.SeesAsync(ConditionTypes.RouteProgrammed, ConditionStatus.False, Reasons.ObjectNotOurs, "choose another name");
        var gateway = await cluster.CustomObjects.GetNamespacedCustomObjectAsync(
            "networking.istio.io",
            "v1",
            "default",
            "gateways",
            "meshport-echo",
            Token
        );
        Assert.Contains("theirs", gateway.ToString(), StringComparison.Ordinal);

        await cluster.CustomObjects.DeleteNamespacedCustomObjectAsync(
            "networking.istio.io",
            "v1",
            "default",
            "gateways",
            "meshport-echo",
            cancellationToken: Token
        );
        await room.HealsAsync(ConditionTypes.RouteProgrammed);
    }

    [Fact, FailureRow(Reasons.PortTaken)]
    public async Task A_port_of_others_is_left_alone_and_reported_until_it_is_free()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.True, Reasons.AsDesired, "");
        using var cluster = room.Host.Kubernetes();
        await ChangeServiceAsync(
            cluster,
            service =>
                service.Spec.Ports.Add(
                    new V1ServicePort
                    {
                        Name = "theirs",
                        Port = 9000,
                        TargetPort = 9999,
                    }
                )
        );

        await room.AskExposureAsync();
        await room.SeesAsync(
            ConditionTypes.PortOpen,
            ConditionStatus.False,
            Reasons.PortTaken,
            "remove it from the Service, or choose another port"
        );

        await ChangeServiceAsync(cluster, DropPort);
        await room.HealsAsync(ConditionTypes.PortOpen);
    }

    [Fact, FailureRow(Reasons.OtherInstallation)]
    public async Task A_service_of_another_installation_is_left_alone_and_reported_until_that_is_gone()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.True, Reasons.AsDesired, "");
        using var cluster = room.Host.Kubernetes();
        await ChangeServiceAsync(
            cluster,
            service => (service.Metadata.Annotations ??= new Dictionary<string, string>())[Installation.Annotation] = "elsewhere"
        );

        await room.AskExposureAsync();
        await room.SeesAsync(
            ConditionTypes.PortOpen,
            ConditionStatus.False,
            Reasons.OtherInstallation,
            "remove the annotation meshport.io/installation"
        );

        await ChangeServiceAsync(cluster, service => service.Metadata.Annotations.Remove(Installation.Annotation));
        await room.HealsAsync(ConditionTypes.PortOpen);
    }

    [Fact, FailureRow(Reasons.PortReverted)]
    public async Task A_port_that_the_add_on_keeps_removing_is_opened_again_with_advice()
    {
        await using var room = await FailureRoom.ReadyAsync(
            timeScale: 60, // three times within an hour, also on a busy machine
            settings: [($"{Resync.Setting}:{nameof(Resync.ManagedService)}", "PT1M")]
        );
        using var cluster = room.Host.Kubernetes();

        for (var times = 1; times <= 3; times++)
        {
            await ChangeServiceAsync(cluster, DropPort);
            await Wait.UntilAsync(
                "the port is back",
                Walkthrough.Within,
                async () => (await ServiceAsync(cluster)).Spec.Ports.Any(port => port.Port == 9000),
                Token
            );
        }

        await room.SeesAsync(ConditionTypes.PortOpen, ConditionStatus.True, Reasons.PortReverted, "strategy companionService");
        Assert.Equal(3, (await room.HistoryAsync("PortReverted")).Count);
        room.Host.Sandbox.Clock.Advance(TimeSpan.FromHours(1));
        await room.HealsAsync(ConditionTypes.PortOpen);
    }

    [Fact, FailureRow(Reasons.StrategyNotServed)]
    public async Task A_strategy_that_the_cluster_cannot_serve_is_reported_until_another_is_chosen()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync(FailureRoom.ClusterWith("strategy", "gatewayApi"));

        await room.AskExposureAsync();
        await room.SeesAsync(
            ConditionTypes.RouteProgrammed,
            ConditionStatus.False,
            Reasons.StrategyNotServed,
            "use strategy companionService"
        );

        await room.AskClusterAsync(FailureRoom.ClusterWith("strategy", "companionService"));
        await room.HealsAsync(ConditionTypes.RouteProgrammed);
    }

    [Fact, FailureRow(Reasons.ListenerLimit)]
    public async Task A_port_without_a_free_listener_is_reported_until_one_is_free()
    {
        await using var room = await FailureRoom.StartAsync();
        var spec = FailureRoom.ClusterWith("strategy", "gatewayApi");
        (spec["kubernetesVersion"], spec["mesh"]) = (
            "1.36",
            new JsonObject { ["revision"] = "asm-1-30", ["gateways"] = new JsonArray("external") }
        );
        await room.AskClusterAsync(spec);
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.True, Reasons.NothingToDo, "");
        await room.Azure.ChangeAsync(
            OtherAzureUser.Cluster,
            cluster =>
                cluster["properties"]?.AsObject()["ingressProfile"] = new JsonObject
                {
                    ["gatewayAPI"] = new JsonObject { ["installation"] = "Standard" },
                }
        );

        await room.AskExposuresAsync(Enumerable.Range(7001, 64).Select(port => ($"listener{port}", Tls(port))));
        await Wait.UntilAsync(
            "all listeners are taken",
            Walkthrough.Within,
            async () =>
                await room.Host.ConditionAsync($"{MeshPortHost.Cluster}/exposures/listener7064", ConditionTypes.PortOpen, Token)
                    is ("True", _),
            Token
        );
        await room.AskExposureAsync(Tls(7100));
        await room.SeesAsync(
            ConditionTypes.PortOpen,
            ConditionStatus.False,
            Reasons.ListenerLimit,
            "remove exposures, or use strategy companionService"
        );

        await room.Host.DeleteAsync($"{MeshPortHost.Cluster}/exposures/listener7001", Token);
        await room.SeesAsync(ConditionTypes.PortOpen, ConditionStatus.True, Reasons.AsDesired, "");
    }

    [Fact, FailureRow(Reasons.SourcesNotRestrictable)]
    public async Task A_port_stays_closed_until_its_sources_can_be_restricted()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();
        var narrow = FailureRoom.Echo();
        narrow["allowedSources"] = new JsonArray("127.0.0.0/8");

        await room.AskExposureAsync(narrow);
        await room.SeesAsync(
            ConditionTypes.RouteProgrammed,
            ConditionStatus.False,
            Reasons.SourcesNotRestrictable,
            "set clientAddress to preserve"
        );

        using var cluster = room.Host.Kubernetes();
        await ChangeServiceAsync(cluster, service => service.Spec.ExternalTrafficPolicy = "Local");
        await room.HealsAsync(ConditionTypes.RouteProgrammed);
    }

    private static JsonObject Tls(int port)
    {
        var spec = FailureRoom.Of("kubernetes", port); // every cluster has this Service
        spec["backends"] = new JsonArray(new JsonObject { ["service"] = "kubernetes", ["port"] = 443 });
        (spec["protocol"], spec["sniHosts"]) = ("TLS", new JsonArray("one.example.com"));
        return spec;
    }

    private static void DropPort(V1Service service) => service.Spec.Ports = [.. service.Spec.Ports.Where(port => port.Port != 9000)];

    private static async Task ChangeServiceAsync(IKubernetes cluster, Action<V1Service> change)
    {
        var service = await ServiceAsync(cluster);
        change(service);
        await cluster.CoreV1.ReplaceNamespacedServiceAsync(service, AddOnService, AddOnNamespace, cancellationToken: Token);
    }

    private static Task<V1Service> ServiceAsync(IKubernetes cluster) =>
        cluster.CoreV1.ReadNamespacedServiceAsync(AddOnService, AddOnNamespace, cancellationToken: Token);
}
