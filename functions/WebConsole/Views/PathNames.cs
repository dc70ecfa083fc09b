using MeshPort.Gateways;
using MeshPort.Model;

namespace MeshPort.WebConsole.Views;

/// <summary>The names of the objects on the path of an exposure. Pure.</summary>
internal static class PathNames
{
    private const int RoutesShown = 3;

    public static string Title(HopKind station, GatewayKind gateway) =>
        station switch
        {
            HopKind.Client => "Client",
            HopKind.Address => gateway == GatewayKind.External ? "Public address" : "Private address",
            HopKind.Firewall => "Network security group",
            HopKind.Rule => "Load-balancer rule",
            HopKind.ServicePort => "Service port",
            HopKind.Listener => "Envoy listener",
            HopKind.Route => "Route",
            HopKind.Backend => "Service",
            _ => "Pods",
        };

    public static IReadOnlyList<string> Of(HopKind station, ClusterSpec cluster, Resource<ExposureSpec> exposure)
    {
        var spec = exposure.Spec;
        return station switch
        {
            HopKind.Client => spec.AllowedSources.Count == 0
                ? ["from any address"]
                : [.. spec.AllowedSources.Select(range => $"from {range}")],
            HopKind.Address => Addresses(exposure),
            HopKind.Firewall => [Firewall(cluster, exposure)],
            HopKind.Rule => [$"TCP {PortRange.Tell(spec.AllPorts)}"],
            HopKind.ServicePort => [ServiceOf(cluster, spec), spec.TellPorts()],
            HopKind.Listener => [$"Gateway {Gateway(cluster, exposure)}", .. Hosts(spec)],
            HopKind.Route =>
            [
                .. Routes(cluster, exposure),
                .. spec.Backends.Count == 1 ? [] : spec.Backends.Select(backend => $"{backend.Weight} % to {backend.Service}"),
            ],
            HopKind.Backend => [.. spec.Backends.SelectMany(Backend)],
            _ => Pods(spec),
        };
    }

    private static IReadOnlyList<string> Addresses(Resource<ExposureSpec> exposure) =>
        exposure.Status.Addresses.Count == 0
            ? [$"{exposure.Spec.Gateway.Text()} gateway"]
            : [.. exposure.Status.Addresses.SelectMany(address => (string?[])[address.Ip, address.Hostname]).OfType<string>()];

    private static string Firewall(ClusterSpec cluster, Resource<ExposureSpec> exposure) =>
        exposure.Status.Find(ConditionTypes.NetworkOpen)?.Reason == Reasons.NoSubnetFirewall
            ? "none on the nodes' subnet"
            : cluster.Network?.NetworkSecurityGroup ?? "of the nodes' subnet";

    /// <summary>The Service of the gateway. With the other strategies, each set of sources has a Service or a Gateway.</summary>
    private static string ServiceOf(ClusterSpec cluster, ExposureSpec spec)
    {
        var gateway = AddOn.Gateway(cluster, spec.Gateway);
        return cluster.Strategy switch
        {
            Strategy.ManagedService => $"{gateway.Namespace}/{gateway.Service}",
            Strategy.CompanionService => $"companion of {gateway.Namespace}/{gateway.Service}",
            _ => $"Service of the {spec.Gateway.Text()} Gateway",
        };
    }

    /// <summary>With Istio, each exposure has a Gateway; with the Gateway API, each set of exposures that can share an address.</summary>
    private static string Gateway(ClusterSpec cluster, Resource<ExposureSpec> exposure) =>
        cluster.Strategy == Strategy.GatewayApi
            ? $"{AddOn.Home(cluster, exposure.Spec.Gateway)}/{PortGroup.Of(exposure.Spec).Name}"
            : $"{exposure.Spec.Backends[0].Namespace}/{ObjectNames.Of(exposure.Metadata.Name)}";

    private static IEnumerable<string> Hosts(ExposureSpec spec) =>
        spec.Protocol == ExposureProtocol.Tcp ? ["TCP"]
        : spec.SniHosts.Count == 0 ? ["TLS, all server names"]
        : spec.SniHosts.Select(host => $"TLS {host}");

    /// <summary>With the Gateway API, each port has a route.</summary>
    private static IReadOnlyList<string> Routes(ClusterSpec cluster, Resource<ExposureSpec> exposure)
    {
        if (cluster.Strategy != Strategy.GatewayApi)
        {
            return [$"VirtualService {ObjectNames.Of(exposure.Metadata.Name)}"];
        }

        var kind = exposure.Spec.Protocol == ExposureProtocol.Tls ? "TLSRoute" : "TCPRoute";
        var all = NamedExposure.Of(exposure).Parts.Select(part => $"{kind} {ObjectNames.OfPart(part)}").ToList();
        return all.Count <= RoutesShown ? all : [.. all.Take(RoutesShown), $"and {all.Count - RoutesShown} more, one a port"];
    }

    private static IEnumerable<string> Backend(BackendSpec backend) =>
        [backend.IsHost ? backend.Service : $"{backend.Namespace}/{backend.Service}", $"port {backend.Port}"];

    private static IReadOnlyList<string> Pods(ExposureSpec spec) =>
        spec.Workload is { } workload ? [$"{Counted.Of(workload.Replicas, "replica")}", workload.Image]
        : spec.Backends.All(backend => backend.IsHost) ? ["servers outside the cluster"]
        : ["not of MeshPort"];
}
