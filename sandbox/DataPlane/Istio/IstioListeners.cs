using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.DataPlane.Istio;

/// <summary>What the classic Istio resources make a gateway pod listen on. Rules of istio 1.30 (domain facts, section 7).</summary>
internal sealed class IstioListeners(ObjectStore store)
{
    private readonly Cached<MeshConfiguration> _configuration = new(
        store,
        [ResourceCatalog.Gateway, ResourceCatalog.VirtualService],
        () => MeshConfiguration.Read(store)
    );

    /// <param name="target">The port of the pod.</param>
    /// <param name="serverName">The name in the client's hello, empty when it has none; null while it was not read.</param>
    /// <returns>Null when nothing listens there.</returns>
    public Listener? Find(JsonObject pod, long target, string? serverName)
    {
        var configuration = _configuration.Value;
        var labels = pod.Strings("metadata", "labels");
        var servers = Numbers(pod, labels, target)
            .SelectMany(number => configuration.Servers[number])
            .Where(server => server.Selector.Count == 0 || server.Selector.Matches(labels))
            .ToArray();
        if (servers.Length == 0)
        {
            return null;
        }

        // The first server decides the protocol of the listener; a second plain TCP server on the same port is skipped (MergeGateways).
        return servers[0].Protocol switch
        {
            "TCP" => Tcp(configuration, servers[0]),
            "TLS" when servers[0].Passthrough => Tls(
                configuration,
                [.. servers.Where(server => server is { Protocol: "TLS", Passthrough: true })],
                serverName
            ),
            var other => Listener.Reset($"the listener speaks {other}, which the sandbox does not serve"),
        };
    }

    /// <summary>Of a TCP server only the first rule counts. Without one there is no listener at all.</summary>
    private static Listener? Tcp(MeshConfiguration configuration, GatewayServer server) =>
        Rules(configuration, server, tls: false).FirstOrDefault(rule => Matches(rule, server)) is { } rule
            ? Listener.To(rule.Destinations)
            : null;

    private static Listener? Tls(MeshConfiguration configuration, GatewayServer[] servers, string? serverName)
    {
        var chains = servers
            .SelectMany(server =>
                Rules(configuration, server, tls: true).Where(rule => Matches(rule, server)).Select(rule => (Server: server, Rule: rule))
            )
            .ToArray();
        if (chains.Length == 0)
        {
            return null;
        }

        if (serverName is null)
        {
            return Listener.NeedsServerName;
        }

        // As Envoy chooses among its filter chains: the exact name before the longest wildcard before none.
        var best = chains
            .SelectMany(chain =>
                chain
                    .Rule.Matches.Where(match => Applies(match, chain.Server))
                    .SelectMany(match => match.ServerNames)
                    .Where(name => HostNames.Covers(name, serverName))
                    .Select(name => (chain.Rule, Name: name))
            )
            .OrderByDescending(chain => !chain.Name.StartsWith('*'))
            .ThenByDescending(chain => chain.Name.Length)
            .FirstOrDefault();
        return best.Rule is null
            ? Listener.Reset($"no VirtualService routes the server name '{serverName}'")
            : Listener.To(best.Rule.Destinations);
    }

    private static IEnumerable<RouteRule> Rules(MeshConfiguration configuration, GatewayServer server, bool tls) =>
        configuration
            .Rules[server.Gateway]
            .Where(rule =>
                rule.Tls == tls
                && rule.Hosts.Any(host => server.Hosts.Any(served => HostNames.Intersect(served, server.Namespace, host, rule.Namespace)))
            );

    private static bool Matches(RouteRule rule, GatewayServer server) =>
        rule.Matches.Count == 0 || rule.Matches.Any(match => Applies(match, server));

    /// <summary>On gateways only <c>port</c>, <c>gateways</c> and <c>sniHosts</c> of a match count (l4SingleMatch); subnets do not.</summary>
    private static bool Applies(RouteMatch match, GatewayServer server) =>
        (match.Port is null || match.Port == server.Number) && (match.Gateways.Count == 0 || match.Gateways.Contains(server.Gateway));

    /// <summary>A Gateway's port number is a Service port where one of the pod's Services has it, and then stands for its target port; else it is the listener's own.</summary>
    private IEnumerable<long> Numbers(JsonObject pod, IReadOnlyDictionary<string, string> labels, long target)
    {
        var known = new Dictionary<long, long>();
        foreach (
            var port in store
                .List(ResourceCatalog.Service, pod.Namespace())
                .Where(service => service.Strings("spec", "selector").Matches(labels))
                .SelectMany(service => service.Items("spec", "ports"))
        )
        {
            known.TryAdd(port.Number("port") ?? 0, TargetPort.Of(port, pod) ?? 0);
        }

        return known.Where(pair => pair.Value == target).Select(pair => pair.Key).Concat(known.ContainsKey(target) ? [] : [target]);
    }
}
