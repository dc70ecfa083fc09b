using k8s;
using MeshPort.EndToEnd.Tests.Stories;
using MeshPort.Model;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>Gateways and VirtualServices of others that take the connections of an exposure.</summary>
public sealed class ForeignListenerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact, FailureRow(Reasons.GatewayConflict)]
    public async Task A_port_on_which_a_gateway_of_others_listens_is_not_opened_until_that_is_gone()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var cluster = host.Kubernetes();
        await cluster.DeployEchoAsync("theirs", 7000, Token, "not yours", "team-b");
        await cluster.CreateForeignAsync("gateways", "team-b", "entry", ForeignObjects.Gateway(9301), Token);
        await cluster.CreateForeignAsync(
            "virtualservices",
            "team-b",
            "entry",
            ForeignObjects.VirtualService("entry", 9301, "theirs", 7000),
            Token
        );

        var plan = await host.PlanAsync(HttpMethod.Put, StoryHost.Exposure("mine"), MeshPortHost.Echo("mine", 9301), Token);
        Assert.Contains(plan, change => $"{change["why"]}".Contains("Gateway team-b/entry", StringComparison.Ordinal));

        await host.FailAsync(await host.PutExposureAsync("mine", MeshPortHost.Echo("mine", 9301), Token), Token);
        Assert.Equal(
            ("False", Reasons.GatewayConflict),
            await host.ConditionAsync(StoryHost.Exposure("mine"), ConditionTypes.RouteProgrammed, Token)
        );
        Assert.Contains(
            "already claimed by Gateway team-b/entry (TCP, hosts *)",
            await host.MessageAsync(StoryHost.Exposure("mine"), ConditionTypes.RouteProgrammed, Token),
            StringComparison.Ordinal
        );
        Assert.False(await HasPortAsync(cluster, 9301));

        await cluster.DeleteForeignAsync("gateways", "team-b", "entry", Token);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        await StoryHost.UntilDialledAsync(await host.AddressAsync("mine", Token), 9301, "hello jose", Token);
    }

    [Fact]
    public async Task A_gateway_of_others_that_comes_later_is_told_and_gets_no_port_when_it_replaces_ours()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("mine", MeshPortHost.Echo("mine", 9301), Token), Token);
        var address = await host.AddressAsync("mine", Token);
        using var cluster = host.Kubernetes();
        // Only the pods have this label.
        await cluster.CreateForeignAsync(
            "gateways",
            "team-b",
            "entry",
            ForeignObjects.Gateway(9301, """{"app":"aks-istio-ingressgateway-external"}"""),
            Token
        );

        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal(
            ("False", Reasons.GatewayConflict),
            await host.ConditionAsync(StoryHost.Exposure("mine"), ConditionTypes.RouteProgrammed, Token)
        );
        Assert.True(await HasPortAsync(cluster, 9301)); // Istio prefers our Gateway, which is older
        await StoryHost.UntilDialledAsync(address, 9301, "hello jose", Token);

        await cluster.DeleteForeignAsync("gateways", "default", "meshport-mine", Token);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.False(await HasPortAsync(cluster, 9301));

        await cluster.DeleteForeignAsync("gateways", "team-b", "entry", Token);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        await StoryHost.UntilDialledAsync(address, 9301, "hello jose", Token);
    }

    [Fact, FailureRow(Reasons.RouteConflict)]
    public async Task A_virtual_service_of_others_at_the_gateway_of_an_exposure_closes_its_port_until_it_is_gone()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var cluster = host.Kubernetes();
        await cluster.DeployEchoAsync("theirs", 7000, Token, "not yours", "team-b");
        await cluster.CreateForeignAsync(
            "virtualservices",
            "team-b",
            "rogue",
            ForeignObjects.VirtualService("default/meshport-mine", 9301, "theirs", 7000),
            Token
        );

        await host.FailAsync(await host.PutExposureAsync("mine", MeshPortHost.Echo("mine", 9301), Token), Token);
        Assert.Equal(
            ("False", Reasons.RouteConflict),
            await host.ConditionAsync(StoryHost.Exposure("mine"), ConditionTypes.RouteProgrammed, Token)
        );
        Assert.Contains(
            "VirtualService team-b/rogue",
            await host.MessageAsync(StoryHost.Exposure("mine"), ConditionTypes.RouteProgrammed, Token),
            StringComparison.Ordinal
        );
        Assert.False(await HasPortAsync(cluster, 9301));

        await cluster.DeleteForeignAsync("virtualservices", "team-b", "rogue", Token);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        await StoryHost.UntilDialledAsync(await host.AddressAsync("mine", Token), 9301, "hello jose", Token);
    }

    [Fact, FailureRow(Reasons.RouteConflict)]
    public async Task Endpoints_of_others_for_the_host_of_a_backend_get_no_port_until_they_are_gone()
    {
        await using var room = await FailureRoom.ReadyAsync();
        await using var outside = OutsideServer.Plain("mainframe");
        using var cluster = room.Host.Kubernetes();
        await cluster.CreateForeignAsync(
            "serviceentries",
            "team-b",
            "mainframe",
            $$"""
            {"hosts":["{{outside.Host}}"],"resolution":"DNS","location":"MESH_EXTERNAL",
             "endpoints":[{"address":"theirs.blackhole.localhost"}],"ports":[{"number":{{outside.Port}},"name":"tcp","protocol":"TCP"}]}
            """,
            Token
        );
        var exposure = FailureRoom.Of(outside.Host);
        exposure["backends"]![0]!["port"] = outside.Port; // the helper writes a backend

        await room.AskExposureAsync(exposure);
        await room.SeesAsync(
            ConditionTypes.RouteProgrammed,
            ConditionStatus.False,
            Reasons.RouteConflict,
            "ServiceEntry team-b/mainframe belongs to others and has its own endpoints"
        );

        await cluster.DeleteForeignAsync("serviceentries", "team-b", "mainframe", Token);
        await room.HealsAsync(ConditionTypes.Reachable, Reasons.Connected);
    }

    private static async Task<bool> HasPortAsync(IKubernetes cluster, int port) =>
        (await cluster.CoreV1.ReadNamespacedServiceAsync(StoryHost.External, StoryHost.Ingress, cancellationToken: Token)).Spec.Ports.Any(
            found => found.Port == port
        );
}
