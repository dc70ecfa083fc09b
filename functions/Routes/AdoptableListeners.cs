using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>A TCP server of a Gateway of others, as an exposure.</summary>
/// <param name="Listener">The Gateway, for people.</param>
/// <param name="Spec">Null with an obstacle.</param>
/// <param name="Obstacle">Why no exposure can mean the same, for people; null without one.</param>
internal sealed record AdoptableListener(GatewayKind Gateway, int Port, string Listener, ExposureSpec? Spec, string? Obstacle);

/// <summary>
/// Finds the TCP servers of others at the pods of a cluster's gateways, and the exposures that mean the same, pure. Whether they can be
/// adopted is left to <see cref="RouteAdoption"/>. The first row that fits a server counts:
/// <code>
/// server                                          | result
/// ------------------------------------------------+-----------------------------------
/// at other pods, or not of protocol TCP           | none
/// its port belongs to an exposure                 | none
/// a younger server of a port with several         | none: they are adopted together
/// a reserved port                                 | obstacle
/// no VirtualService routes it                     | obstacle
/// its destinations are no backends                | obstacle
/// any other                                       | an exposure with adopt
/// </code>
/// </summary>
internal static class AdoptableListeners
{
    /// <param name="objects">The Gateways and VirtualServices of others, and all Services.</param>
    /// <param name="held">The ports of exposures.</param>
    public static IReadOnlyList<AdoptableListener> Find(
        ClusterSpec spec,
        ClusterObjects objects,
        IReadOnlySet<(GatewayKind Gateway, int Port)> held
    )
    {
        var routes = objects.OthersOf(ObjectKind.VirtualService).OrderBy(one => one.Value, ForeignListeners.Age).ToList();
        return
        [
            .. objects
                .OthersOf(ObjectKind.Gateway)
                .OrderBy(one => one.Value, ForeignListeners.Age)
                .SelectMany(one => one.Value["spec"].Items("servers").Select(server => (one.Key, one.Value, Server: server)))
                .Where(one => ForeignGateway.Protocol(one.Server) == "TCP")
                .SelectMany(one =>
                    Enum.GetValues<GatewayKind>()
                        .Where(kind => Selects(one.Value, kind, spec, objects))
                        .Select(kind => (Kind: kind, Port: NumberOf(one.Server), one.Key))
                )
                .Where(one => !held.Contains((one.Kind, one.Port)))
                .DistinctBy(one => (one.Kind, one.Port))
                .Select(one => Listener(one.Kind, one.Port, one.Key, routes, objects)),
        ];
    }

    private static AdoptableListener Listener(
        GatewayKind kind,
        int port,
        ObjectRef gateway,
        List<KeyValuePair<ObjectRef, JsonObject>> routes,
        ClusterObjects objects
    )
    {
        var (target, rule) = routes
            .SelectMany(route => route.Value["spec"].Items("tcp").Select(rule => (route.Key, Rule: rule, Route: route.Value)))
            .Where(one => RouteAdoption.Binds(one.Rule, one.Route, $"{gateway.Namespace}/{gateway.Name}", port))
            .Select(one => (one.Key, one.Rule))
            .FirstOrDefault();
        var backends = rule is null ? null : ForeignDestinations.Backends(rule, target.Namespace, objects.Services);
        var obstacle =
            GatewayPort.PlainRefusal(port)
            ?? (
                rule is null ? "No VirtualService routes its connections."
                : backends is null ? $"A destination of {target} has a subset, or no port."
                : backends.Sum(backend => backend.Weight) is var sum and not 100 ? $"The weights of {target} sum to {sum}, not 100."
                : null
            );
        return new AdoptableListener(
            kind,
            port,
            gateway.ToString(),
            obstacle is null && backends is not null
                ? new ExposureSpec
                {
                    Gateway = kind,
                    Port = port,
                    Backends = backends,
                    Adopt = true,
                }
                : null,
            obstacle
        );
    }

    private static bool Selects(JsonObject gateway, GatewayKind kind, ClusterSpec spec, ClusterObjects objects) =>
        GatewayPods
            .Of(
                new ExposureSpec
                {
                    Gateway = kind,
                    Port = 0,
                    Backends = [],
                },
                spec with
                {
                    Strategy = Strategy.ManagedService,
                },
                objects
            )
            .IsSelectedBy(gateway["spec"]?["selector"] as JsonObject) == true;

    private static int NumberOf(JsonObject server) => server["port"]?["number"]?.GetValue<int>() ?? 0;
}
