using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Routes;
using MeshPort.WebConsole.Views;
using Xunit;

namespace MeshPort.Functions.Tests.WebConsole;

/// <summary>The path names the objects that MeshPort makes.</summary>
public sealed class PathNamesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(Strategy.ManagedService, "Gateway default/meshport-one")]
    [InlineData(Strategy.CompanionService, "Gateway default/meshport-one")]
    [InlineData(Strategy.GatewayApi, "Gateway aks-istio-ingress/meshport-external-preserve")]
    public void The_listener_has_the_Gateway_of_the_strategy(Strategy strategy, string expected)
    {
        var exposure = Exposure([new PortRange(9000, 9000)]);

        Assert.Equal(expected, PathNames.Of(HopKind.Listener, Cluster(strategy), exposure)[0]);
    }

    [Fact]
    public void Each_port_of_the_Gateway_API_has_a_route()
    {
        var exposure = Exposure([new PortRange(9000, 9001)]);
        var cluster = Cluster(Strategy.GatewayApi);

        var made = GatewayApiRoutes
            .Of(NamedExposure.Of(exposure), AddOn.Gateway(cluster, GatewayKind.External))
            .Where(route => route.Target.Kind == ObjectKind.TcpRoute)
            .Select(route => $"TCPRoute {route.Target.Name}");

        Assert.Equal(made, PathNames.Of(HopKind.Route, cluster, exposure));
        Assert.Equal(["VirtualService meshport-one"], PathNames.Of(HopKind.Route, Cluster(Strategy.CompanionService), exposure));
    }

    [Fact]
    public void Many_routes_are_counted()
    {
        var names = PathNames.Of(HopKind.Route, Cluster(Strategy.GatewayApi), Exposure([new PortRange(9000, 9099)]));

        Assert.Equal((4, "and 97 more, one a port"), (names.Count, names[^1]));
    }

    [Theory]
    [InlineData(GatewayKind.External, "Public address")]
    [InlineData(GatewayKind.Internal, "Private address")]
    public void Only_the_external_gateway_has_a_public_address(GatewayKind gateway, string expected) =>
        Assert.Equal(expected, PathNames.Title(HopKind.Address, gateway));

    private static ClusterSpec Cluster(Strategy strategy) => new() { Location = "eastus2", Strategy = strategy };

    private static Resource<ExposureSpec> Exposure(IReadOnlyList<PortRange> ports) =>
        new(
            new ExposureSpec
            {
                Ports = ports,
                ClientAddress = ClientAddress.Preserve,
                Backends = [new BackendSpec("one", "default", 9000, 100)],
            },
            new Metadata("/api/x", "one", 1, "1-e", Now, Now),
            ResourceStatus.New(ConditionTypes.OfExposure, Now)
        );
}
