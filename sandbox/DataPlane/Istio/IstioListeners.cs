using System.Text.Json.Nodes;
using MeshPort.Sandbox.DataPlane.Tls;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.DataPlane.Istio;

/// <summary>
/// Listeners that the classic Istio resources create in a gateway pod, by the rules of istio 1.30 (domain facts, section 7).
/// </summary>
internal sealed class IstioListeners(ObjectStore store)
{
    private readonly Cached<MeshConfiguration> _configuration = new(
        store,
        [ResourceCatalog.Gateway, ResourceCatalog.VirtualService],
        () => MeshConfiguration.Read(store)
    );

    /// <param name="target">The port of the pod.</param>
    /// <param name="isIpv6">The family of the connection.</param>
    /// <param name="serverName">The name in the client hello; empty when it has none, null before it was read.</param>
    /// <returns>Null when nothing listens there.</returns>
    public Listener? Find(JsonObject pod, long target, bool isIpv6, string? serverName)
    {
        var configuration = _configuration.Value;
        var labels = pod.Strings("metadata", "labels");
        var servers = Merged(Numbers(pod, labels, target).SelectMany(number => configuration.Servers[number]), isIpv6, labels).Kept;
        if (servers.Count == 0)
        {
            return null;
        }

        return servers[0].Protocol switch
        {
            "TCP" => Tcp(configuration, servers[0], pod.Namespace()),
            "TLS" or "HTTPS" => Tls(
                configuration,
                [.. servers.Where(server => server.Protocol is "TLS" or "HTTPS")],
                serverName,
                pod.Namespace()
            ),
            var other => Listener.Reset($"the sandbox does not serve the listener's protocol {other}"),
        };
    }

    /// <summary>The servers that the pod does not get because of others on their port.</summary>
    public IEnumerable<SkippedServer> Skipped(JsonObject pod)
    {
        var labels = pod.Strings("metadata", "labels");
        return _configuration.Value.Servers.SelectMany(port =>
            Merged(port, false, labels).Skipped.Concat(Merged(port, true, labels).Skipped)
        );
    }

    private static MergedServers Merged(IEnumerable<GatewayServer> servers, bool isIpv6, IReadOnlyDictionary<string, string> labels) =>
        MergedServers.Of(
            servers.Where(server => server.IsIpv6 == isIpv6 && (server.Selector.Count == 0 || server.Selector.Matches(labels)))
        );

    /// <summary>Only the first matching rule applies to a TCP server. Without one, no listener exists.</summary>
    private static Listener? Tcp(MeshConfiguration configuration, GatewayServer server, string home) =>
        Rules(configuration, server, home, tls: false).FirstOrDefault(rule => Matches(rule, server)) is { } rule
            ? Listener.To(rule.Destinations)
            : null;

    private Listener? Tls(MeshConfiguration configuration, GatewayServer[] servers, string? serverName, string home)
    {
        var chains = servers
            .SelectMany(server =>
                server.Passthrough ? Passthrough(configuration, server, home)
                : server.Protocol == "HTTPS" ? server.ServerNames.Select(name => new Chain(name, server, null))
                : Terminating(configuration, server, home)
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

        // Envoy's order of filter chains: exact name, longest wildcard, no name.
        var best = chains
            .Where(chain => HostNames.Covers(chain.Name, serverName))
            .OrderByDescending(chain => !chain.Name.StartsWith('*'))
            .ThenByDescending(chain => chain.Name.Length)
            .FirstOrDefault();
        if (best is null)
        {
            return Listener.Reset($"no VirtualService routes the server name '{serverName}'");
        }

        if (best.Rule is not { } rule)
        {
            return Listener.Reset($"the sandbox does not serve HTTP, which Gateway {best.Server.Gateway} has for '{serverName}'");
        }

        if (best.Server.Passthrough)
        {
            return Listener.To(rule.Destinations);
        }

        var (termination, why) = TlsTermination.Of(best.Server.Tls, home, store);
        return termination is null ? Listener.Reset(why) : Listener.To(rule.Destinations) with { Tls = termination };
    }

    /// <summary>A filter chain for each server name of the routes.</summary>
    private static IEnumerable<Chain> Passthrough(MeshConfiguration configuration, GatewayServer server, string home) =>
        Rules(configuration, server, home, tls: true)
            .SelectMany(rule =>
                rule.Matches.Where(match => Applies(match, server))
                    .SelectMany(match => match.ServerNames)
                    .Select(name => new Chain(name, server, rule))
            );

    /// <summary>
    /// A filter chain with the hosts of the server, and the first TCP rule that matches (istio: createGatewayTCPFilterChainOpts).
    /// </summary>
    private static IEnumerable<Chain> Terminating(MeshConfiguration configuration, GatewayServer server, string home) =>
        Rules(configuration, server, home, tls: false).FirstOrDefault(rule => Matches(rule, server)) is { } rule
            ? server.ServerNames.Select(name => new Chain(name, server, rule))
            : [];

    private static IEnumerable<RouteRule> Rules(MeshConfiguration configuration, GatewayServer server, string home, bool tls) =>
        configuration
            .Rules[server.Gateway]
            .Where(rule =>
                rule.Tls == tls
                && rule.IsVisibleIn(home)
                && rule.Hosts.Any(host => server.Hosts.Any(served => HostNames.Intersect(served, server.Namespace, host, rule.Namespace)))
            );

    private static bool Matches(RouteRule rule, GatewayServer server) =>
        rule.Matches.Count == 0 || rule.Matches.Any(match => Applies(match, server));

    /// <summary>
    /// On gateways, Istio evaluates only <c>port</c>, <c>gateways</c> and <c>sniHosts</c> of a match (l4SingleMatch), not subnets.
    /// </summary>
    private static bool Applies(RouteMatch match, GatewayServer server) =>
        (match.Port is null || match.Port == server.Number) && (match.Gateways.Count == 0 || match.Gateways.Contains(server.Gateway));

    /// <summary>
    /// A Gateway's port number that is a port of one of the pod's Services stands for its target port. Any other number is the listener's
    /// port itself.
    /// </summary>
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

    /// <summary>A filter chain of a listener.</summary>
    /// <param name="Name">The server name, a wildcard, or <c>*</c> for all connections.</param>
    /// <param name="Rule">Null for HTTP, whose filter chain needs no VirtualService.</param>
    private sealed record Chain(string Name, GatewayServer Server, RouteRule? Rule);
}
