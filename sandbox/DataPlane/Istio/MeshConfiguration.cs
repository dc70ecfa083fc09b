using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.DataPlane.Istio;

/// <param name="Gateway">Namespace and name of its Gateway: <c>default/tcp</c>.</param>
internal sealed record GatewayServer(
    string Gateway,
    string Namespace,
    IReadOnlyDictionary<string, string> Selector,
    long Number,
    string Protocol,
    bool Passthrough,
    IReadOnlyList<string> Hosts
)
{
    public string PortName { get; init; } = "";

    /// <summary>
    /// The field <c>bind</c>; empty without one. Istio compares it as text (istio: MergeGateways).
    /// </summary>
    public string Bind { get; init; } = "";

    /// <summary>
    /// Whether it listens on IPv6, as <see cref="Bind"/> says; without it, istiod makes a listener of IPv4 (istio: buildGatewayListeners).
    /// </summary>
    public bool IsIpv6 => Bind.Contains(':', StringComparison.Ordinal);

    public bool HasTls { get; init; }

    /// <summary>The field <c>tls</c>; null without one.</summary>
    public JsonNode? Tls { get; init; }

    /// <summary>The hosts without namespaces, which are the server names of a server that terminates TLS.</summary>
    public IEnumerable<string> ServerNames => Hosts.Select(host => host[(host.IndexOf('/', StringComparison.Ordinal) + 1)..]);

    /// <summary>The hosts with the namespaces to which they are limited.</summary>
    public IEnumerable<string> FullHosts =>
        Hosts.Select(host =>
            host.StartsWith("./", StringComparison.Ordinal) ? Namespace + host[1..]
            : host.StartsWith("*/", StringComparison.Ordinal) ? host[2..]
            : host
        );
}

internal sealed record RouteMatch(long? Port, IReadOnlyList<string> Gateways, IReadOnlyList<string> ServerNames);

/// <param name="Gateways">The VirtualService's gateways: namespace and name.</param>
/// <param name="Matches">An empty list matches everything.</param>
internal sealed record RouteRule(
    bool Tls,
    string Namespace,
    IReadOnlyList<string> Hosts,
    IReadOnlyList<string> Gateways,
    IReadOnlyList<RouteMatch> Matches,
    IReadOnlyList<Destination> Destinations
)
{
    /// <summary>The VirtualService's <c>exportTo</c>; empty: all namespaces.</summary>
    public IReadOnlyList<string> ExportTo { get; init; } = [];

    /// <summary>Whether the proxies of a namespace get the rule.</summary>
    public bool IsVisibleIn(string home) =>
        ExportTo.Count == 0 || ExportTo.Any(to => to == "*" || to == home || (to == "." && Namespace == home));
}

/// <summary>Gateways and VirtualServices as the gateway proxies see them, oldest first: in a conflict, Istio prefers the oldest.</summary>
internal sealed record MeshConfiguration(ILookup<long, GatewayServer> Servers, ILookup<string, RouteRule> Rules)
{
    public static MeshConfiguration Read(ObjectStore store) =>
        new(
            Sorted(store, ResourceCatalog.Gateway).SelectMany(ServersOf).ToLookup(server => server.Number),
            Sorted(store, ResourceCatalog.VirtualService)
                .SelectMany(RulesOf)
                .SelectMany(rule => rule.Gateways.Select(gateway => (gateway, rule)))
                .ToLookup(pair => pair.gateway, pair => pair.rule)
        );

    private static IEnumerable<JsonObject> Sorted(ObjectStore store, ResourceType type) =>
        store
            .List(type)
            .OrderBy(item => item.Text("metadata", "creationTimestamp"), StringComparer.Ordinal)
            .ThenBy(item => item.Name(), StringComparer.Ordinal)
            .ThenBy(item => item.Namespace(), StringComparer.Ordinal);

    private static IEnumerable<GatewayServer> ServersOf(JsonObject gateway) =>
        gateway
            .Items("spec", "servers")
            .Select(server => new GatewayServer(
                $"{gateway.Namespace()}/{gateway.Name()}",
                gateway.Namespace(),
                gateway.Strings("spec", "selector"),
                server.Number("port", "number") ?? 0,
                server.Text("port", "protocol")?.ToUpperInvariant() ?? "",
                server.Text("tls", "mode") == "PASSTHROUGH",
                Texts(server, "hosts")
            )
            {
                PortName = server.Text("port", "name") ?? "",
                Bind = server.Text("bind") ?? "",
                HasTls = server.At("tls") is not null,
                Tls = server.At("tls"),
            });

    private static IEnumerable<RouteRule> RulesOf(JsonObject virtualService) =>
        from kind in new[] { "tcp", "tls" }
        from rule in virtualService.Items("spec", kind)
        select new RouteRule(
            kind == "tls",
            virtualService.Namespace(),
            Texts(virtualService["spec"], "hosts"),
            References(virtualService["spec"], virtualService.Namespace()),
            [
                .. rule.Items("match")
                    .Select(match => new RouteMatch(
                        match.Number("port"),
                        References(match, virtualService.Namespace()),
                        Texts(match, "sniHosts")
                    )),
            ],
            [.. rule.Items("route").Select(route => To(route, virtualService.Namespace()))]
        )
        {
            ExportTo = Texts(virtualService["spec"], "exportTo"),
        };

    private static Destination To(JsonNode route, string home)
    {
        var host = route.Text("destination", "host") ?? "";
        var (name, @namespace) = HostNames.Service(host, home);
        return new Destination(
            @namespace,
            name,
            route.Number("destination", "port", "number"),
            route.Number("weight") ?? 0,
            Host: name.Length == 0 ? host : null
        );
    }

    private static string[] References(JsonNode? node, string home) =>
        [
            .. Texts(node, "gateways")
                .Select(reference =>
                    reference.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0
                        ? reference[..slash] == "."
                            ? home + reference[slash..]
                            : reference
                        : $"{home}/{reference}"
                ),
        ];

    private static string[] Texts(JsonNode? node, string name) => [.. node.Items(name).Select(item => item.ToString())];
}
