using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// The step from a gateway to one destination of a route, chosen by weight: a Service, then a ready pod, subject to its DestinationRule.
/// </summary>
/// <param name="chance">A number from 0 (inclusive) to 1 (exclusive).</param>
internal sealed class Destinations(ObjectStore store, Workloads workloads, NetworkPolicies policies, Func<double> chance)
{
    private const string RootNamespace = "aks-istio-system";
    private static readonly TimeSpan EnvoyIdle = TimeSpan.FromHours(1);

    public Hop Choose(IReadOnlyList<Destination> destinations, JsonObject gateway)
    {
        if (Weighted(destinations) is not { } destination)
        {
            return Hop.Reset("the route has no destination");
        }

        if (destination.Refusal is { } refusal)
        {
            return Hop.Reset(refusal);
        }

        if (destination.Host is { } host)
        {
            return Leave(host, destination.Port, gateway);
        }

        var name = $"{destination.Namespace}/{destination.Name}";
        if (store.Get(ResourceCatalog.Service, destination.Namespace, destination.Name) is not { } service)
        {
            return Hop.Reset($"the Service {name} does not exist");
        }

        if (service.Text("spec", "type") == "ExternalName")
        {
            return Hop.Reset($"the Service {name} is a name for {service.Text("spec", "externalName")} and has no endpoints");
        }

        if (IsHidden(service, gateway))
        {
            return Hop.Reset($"the Service {name} is not exported to {gateway.Namespace()}");
        }

        var ports = service.Items("spec", "ports").Where(port => port.Text("protocol") is null or "TCP").ToArray();
        var number = destination.Port ?? (ports.Length == 1 ? ports[0].Number("port") : null);
        if (ports.FirstOrDefault(port => port.Number("port") == number) is not { } servicePort)
        {
            return Hop.Reset($"the Service {name} has no TCP port {number}");
        }

        return workloads.Next(service) is { } pod
            ? Limited(
                Into(pod, TargetPort.Of(servicePort, pod) ?? number ?? 0, gateway),
                Rule(service.Namespace(), gateway, $"{service.Name()}.{service.Namespace()}.svc.cluster.local"),
                name,
                number ?? 0,
                gateway
            )
            : Hop.Reset($"the Service {name} has no ready pod");
    }

    private Hop Into(JsonObject pod, long port, JsonObject gateway) =>
        policies.Drop(gateway, pod, port)
            ? new Hop(HopKind.Dropped, $"a NetworkPolicy drops packets to {pod.Namespace()}/{pod.Name()}:{port}")
            : Workloads.Into(pod, port);

    /// <summary>The annotation of a Service that names the namespaces whose proxies know it; <c>.</c> is its own, <c>~</c> none.</summary>
    private static bool IsHidden(JsonObject service, JsonObject gateway) =>
        service.Strings("metadata", "annotations").TryGetValue("networking.istio.io/exportTo", out var exportTo)
        && exportTo
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .DefaultIfEmpty("*")
            .All(to => to != "*" && (to == "." ? service.Namespace() : to) != gateway.Namespace());

    /// <summary>
    /// A gateway has routes only to hosts in the mesh's registry: hosts of ServiceEntries exported to its namespace. It uses the exact
    /// host, or else the oldest. The entry may name other endpoints.
    /// </summary>
    private Hop Leave(string host, long? port, JsonObject gateway) =>
        store
            .List(ResourceCatalog.ServiceEntry)
            .OrderByDescending(entry => entry.Items("spec", "hosts").Any(named => named.ToString() == host))
            .ThenBy(entry => entry.Text("metadata", "creationTimestamp"), StringComparer.Ordinal)
            .FirstOrDefault(entry => Knows(entry, host, port, gateway.Namespace()))
            is { } entry
            ? Limited(
                new Hop(HopKind.Outside, host, Port: port ?? entry.Items("spec", "ports").First().Number("number") ?? 0)
                {
                    // This machine has no search domains of a pod, which a dot at the end excludes.
                    Host = entry.Items("spec", "endpoints").FirstOrDefault().Text("address")?.TrimEnd('.') ?? host,
                },
                Rule(entry.Namespace(), gateway, host),
                host,
                port ?? 0,
                gateway
            )
            : Hop.Reset($"no ServiceEntry exports {host}:{port} to {gateway.Namespace()}");

    private static bool Knows(JsonObject entry, string host, long? port, string home) =>
        entry.Items("spec", "hosts").Any(named => HostNames.Covers(named.ToString(), host))
        && entry.Items("spec", "ports").Any(named => port is null || named.Number("number") == port)
        && entry
            .Items("spec", "exportTo")
            .Select(to => to.ToString())
            .DefaultIfEmpty("*")
            .Any(to => to == "*" || to == home || (to == "." && entry.Namespace() == home));

    private Destination? Weighted(IReadOnlyList<Destination> destinations)
    {
        var total = destinations.Sum(destination => destination.Weight);
        if (destinations.Count < 2 || total == 0)
        {
            return destinations.Count > 0 ? destinations[0] : null;
        }

        var draw = (long)(chance() * total);
        return destinations.First(destination => (draw -= destination.Weight) < 0);
    }

    private static Hop Limited(Hop hop, JsonObject? rule, string destination, long port, JsonObject gateway)
    {
        var policy = rule.At("spec", "trafficPolicy");
        // The settings of a port replace the whole policy.
        var ofPort = policy.Items("portLevelSettings").FirstOrDefault(settings => settings.Number("port", "number") == port);
        var tcp = (ofPort ?? policy).At("connectionPool", "tcp");
        return hop with
        {
            ConnectTimeout = Durations.Parse(tcp.Text("connectTimeout")) ?? hop.ConnectTimeout,
            Idle = new IdleRule(Durations.Parse(tcp.Text("idleTimeout")) ?? EnvoyIdle, IdleEnd.Close),
            ProxyVersion = policy.At("proxyProtocol") is { } proxy ? proxy.Text("version") ?? "V1" : null, // never of a port
            Limit = tcp.Number("maxConnections") is { } most ? new ConnectionLimit($"{gateway.Uid()}>{destination}:{port}", most) : null,
        };
    }

    /// <summary>
    /// Istio looks up a DestinationRule in the client's namespace, then in the destination's, then in the root namespace: the exact host,
    /// or else the longest wildcard, or else the oldest rule (istio 1.30, PushContext.destinationRule).
    /// </summary>
    private JsonObject? Rule(string destination, JsonObject gateway, string host) =>
        new[] { gateway.Namespace(), destination, RootNamespace }
            .Select(home =>
                store
                    .List(ResourceCatalog.DestinationRule, home)
                    .Where(rule => HostNames.Covers(HostNames.Full(Host(rule), home), host) && IsVisible(rule, gateway))
                    .OrderByDescending(rule => HostNames.Full(Host(rule), home) == host)
                    .ThenByDescending(rule => HostNames.Full(Host(rule), home).Length)
                    .ThenBy(rule => rule.Text("metadata", "creationTimestamp"), StringComparer.Ordinal)
                    .ThenBy(rule => rule.Name(), StringComparer.Ordinal)
                    .FirstOrDefault()
            )
            .FirstOrDefault(rule => rule is not null);

    /// <summary>Only rules of the client's own namespace may select their clients.</summary>
    private static bool IsVisible(JsonObject rule, JsonObject gateway)
    {
        var clients = rule.Strings("spec", "workloadSelector", "matchLabels");
        return rule.Namespace() == gateway.Namespace()
            ? clients.Count == 0 || clients.Matches(gateway.Strings("metadata", "labels"))
            : clients.Count == 0
                && rule.Items("spec", "exportTo")
                    .Select(to => to.ToString())
                    .DefaultIfEmpty("*")
                    .Any(to => to == "*" || to == gateway.Namespace());
    }

    private static string Host(JsonObject rule) => rule.Text("spec", "host") ?? "";
}
