using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Istio;

/// <summary>istiod's validation of a VirtualService, mainly of its TCP and TLS routes.</summary>
internal static class VirtualServiceRules
{
    public static IEnumerable<string> Problems(JsonObject service)
    {
        var spec = service["spec"];
        var hosts = Texts(spec, "hosts");
        var gateways = Texts(spec, "gateways");
        return
        [
            .. hosts.Length == 0 ? Delegate(spec, gateways) : [],
            .. gateways.SelectMany(IstioHosts.Gateway),
            .. Hosts(hosts, ofMesh: gateways.Length == 0 || gateways.Contains("mesh")),
            .. new[] { "http", "tcp", "tls" }.Any(kind => spec.Items(kind).Any())
                ? Array.Empty<string>()
                : ["http, tcp or tls must be provided in virtual service"],
            .. spec.Items("http").SelectMany(HttpRoute),
            .. spec.Items("tls").SelectMany(route => TlsRoute(route, hosts)),
            .. spec.Items("tcp").SelectMany(TcpRoute),
        ];
    }

    private static IEnumerable<string> Delegate(JsonNode? spec, string[] gateways) =>
        [
            .. gateways.Length > 0 ? ["delegate virtual service must have no gateways specified"] : Array.Empty<string>(),
            .. spec.Items("tls").Any() ? ["delegate virtual service must have no tls route specified"] : Array.Empty<string>(),
            .. spec.Items("tcp").Any() ? ["delegate virtual service must have no tcp route specified"] : Array.Empty<string>(),
        ];

    private static IEnumerable<string> Hosts(string[] hosts, bool ofMesh)
    {
        var problems = hosts
            .Where(host => !IPAddress.TryParse(host, out _))
            .SelectMany(host =>
                ofMesh && host == "*"
                    ? ["wildcard host * is not allowed for virtual services bound to the mesh gateway"]
                    : IstioHosts.Wildcard(host)
            )
            .ToArray();
        return problems.Length > 0
            ? problems
            : hosts
                .SelectMany((host, index) => hosts.Skip(index + 1).Select(other => (host, other)))
                .Where(pair => IstioHosts.Covers(pair.host, pair.other) || IstioHosts.Covers(pair.other, pair.host))
                .Select(pair => $"duplicate hosts in virtual service: {pair.host} & {pair.other}");
    }

    private static IEnumerable<string> HttpRoute(JsonNode route) =>
        route["redirect"] is null && route["directResponse"] is null && route["delegate"] is null && !route.Items("route").Any()
            ? ["HTTP route, redirect or direct_response is required"]
        : route["redirect"] is not null && route.Items("route").Any() ? ["HTTP route cannot contain both route and redirect"]
        : Destinations(route);

    private static IEnumerable<string> TlsRoute(JsonNode route, string[] hosts)
    {
        var matches = route.Items("match").ToArray();
        return
        [
            .. matches.Length == 0
                ? ["TLS route must have at least one match condition"]
                : matches.SelectMany(match => (IEnumerable<string>)[.. SniHosts(match, hosts), .. Match(match)]),
            .. route.Items("route").Any() ? Array.Empty<string>() : ["TLS route is required"],
            .. Destinations(route),
        ];
    }

    private static IEnumerable<string> SniHosts(JsonNode match, string[] hosts)
    {
        var names = Texts(match, "sniHosts");
        return names.Length == 0
            ? ["TLS match must have at least one SNI host"]
            : names
                .Where(name => !IPAddress.TryParse(name, out _))
                .SelectMany(name =>
                    IstioHosts.Wildcard(name).ToArray() is { Length: > 0 } bad ? bad
                    : hosts.Any(host => IstioHosts.Covers(host, name)) ? []
                    : [$"SNI host \"{name}\" is not a compatible subset of any of the virtual service hosts: [{string.Join(", ", hosts)}]"]
                );
    }

    private static IEnumerable<string> TcpRoute(JsonNode route) =>
        [
            .. route.Items("match").SelectMany(Match),
            .. route.Items("route").Any() ? Array.Empty<string>() : ["TCP route is required"],
            .. Destinations(route),
        ];

    private static IEnumerable<string> Match(JsonNode match) =>
        [
            .. Texts(match, "destinationSubnets")
                .Where(subnet => !IPNetwork.TryParse(subnet, out _) && !IPAddress.TryParse(subnet, out _))
                .Select(subnet =>
                    subnet.Contains('/', StringComparison.Ordinal) ? $"invalid CIDR address: {subnet}" : $"{subnet} is not a valid IP"
                ),
            .. match.Number("port") is { } port and not 0 ? IstioHosts.Port(port) : [],
            .. Texts(match, "gateways").SelectMany(IstioHosts.Gateway),
        ];

    private static IEnumerable<string> Destinations(JsonNode route)
    {
        var destinations = route.Items("route").ToArray();
        foreach (var destination in destinations)
        {
            if (destination["destination"] is not { } target)
            {
                yield return "destination is required";
                continue;
            }

            var host = target.Text("host") ?? "";
            foreach (
                var problem in host == "*"
                    ? [$"invalid destination host {host}"]
                    : IstioHosts.Wildcard(host).Concat(target["port"] is null ? [] : IstioHosts.Port(target.Number("port", "number") ?? 0))
            )
            {
                yield return problem;
            }

            if (destination.Number("weight") is { } weight and < 0)
            {
                yield return $"weight {weight} < 0";
            }
        }

        if (destinations.Length > 1 && destinations.Sum(destination => destination.Number("weight") ?? 0) == 0)
        {
            yield return "total destination weight = 0";
        }
    }

    private static string[] Texts(JsonNode? node, string field) => [.. node.Items(field).Select(text => text.ToString())];
}
