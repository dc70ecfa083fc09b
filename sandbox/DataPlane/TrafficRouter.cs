using System.Text.Json.Nodes;
using MeshPort.Sandbox.Controllers;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.DataPlane;

internal enum HopKind
{
    /// <summary>A layer refuses: the connection is reset.</summary>
    Reset,

    /// <summary>The connection reaches a container.</summary>
    Workload,

    /// <summary>The gateway's own status port.</summary>
    GatewayStatus,

    /// <summary>A TLS passthrough listener: where it goes depends on the name in the client's hello.</summary>
    NeedsServerName,
}

/// <summary>Where a connection ends up.</summary>
/// <param name="Why">For a person: which layer decided.</param>
internal sealed record Hop(HopKind Kind, string Why, string Image = "", IReadOnlyList<string>? Arguments = null, long Port = 0);

/// <summary>
/// Follows a connection through the layers behind the load balancer: Service, gateway pod, Istio Gateway, VirtualService, Service, pod. Evaluated from memory
/// for every connection, so that a change takes effect at once. Rules of istio 1.30 (domain facts section 7).
/// </summary>
internal sealed class TrafficRouter(ObjectStore store, Func<double> chance)
{
    private const int StatusPort = 15021;
    private uint _turn;

    /// <param name="serverName">The name in the TLS client hello; null before it was read.</param>
    public Hop Route(JsonObject service, int port, string? serverName = null)
    {
        if (service.Items("spec", "ports").FirstOrDefault(candidate => candidate.Number("port") == port && candidate.Text("protocol") == "TCP") is not { } servicePort)
        {
            return Refused($"the Service has no port {port}");
        }

        if (Turn(ReadyPods(service)) is not { } pod)
        {
            return Refused("the Service has no ready pod");
        }

        var target = TargetPort.Of(servicePort, pod) ?? port;
        return Images.IsGateway(Image(pod)) ? ThroughGateway(pod, target, serverName) : Into(pod, target);
    }

    private Hop ThroughGateway(JsonObject pod, long target, string? serverName)
    {
        if (target == StatusPort)
        {
            return new Hop(HopKind.GatewayStatus, "the gateway's status port");
        }

        var resolve = PortResolver(pod);
        var servers = (
            from gateway in InOrder(ResourceCatalog.Gateway)
            where gateway.Strings("spec", "selector") is var selector && (selector.Count == 0 || selector.Matches(pod.Strings("metadata", "labels")))
            from server in gateway.Items("spec", "servers")
            where server.Number("port", "number") is { } number && resolve(number) == target
            select (Gateway: gateway, Server: server, Number: server.Number("port", "number") ?? 0, Protocol: server.Text("port", "protocol")?.ToUpperInvariant())).ToArray();
        if (servers.Length == 0)
        {
            return Refused($"no Istio Gateway listens on {target}");
        }

        // The first server decides the protocol of the listener; a second plain TCP server on the same port is skipped (MergeGateways).
        return servers[0].Protocol switch
        {
            "TCP" => ToDestination(Tcp(servers[0].Gateway, servers[0].Server, servers[0].Number), "no VirtualService routes the port"),
            "TLS" when servers[0].Server.Text("tls", "mode") == "PASSTHROUGH" && serverName is null => new Hop(HopKind.NeedsServerName, "TLS passthrough"),
            "TLS" when servers[0].Server.Text("tls", "mode") == "PASSTHROUGH" => ToDestination(
                servers.Where(entry => entry.Protocol == "TLS").Select(entry => Tls(entry.Gateway, entry.Server, entry.Number, serverName)).FirstOrDefault(found => found.Route is not null),
                $"no VirtualService routes the server name {serverName}"),
            var other => Refused($"the listener speaks {other}, which the sandbox does not serve"),
        };
    }

    private (JsonNode? Route, JsonObject? Owner) Tcp(JsonObject gateway, JsonNode server, long number) => (
        from virtualService in Bound(gateway, server)
        from rule in virtualService.Items("spec", "tcp")
        where Matches(rule, virtualService, gateway, match => match.Number("port") is null || match.Number("port") == number)
        select (rule, virtualService)).FirstOrDefault();

    private (JsonNode? Route, JsonObject? Owner) Tls(JsonObject gateway, JsonNode server, long number, string? serverName) => (
        from virtualService in Bound(gateway, server)
        from rule in virtualService.Items("spec", "tls")
        where Matches(rule, virtualService, gateway, match => (match.Number("port") is null || match.Number("port") == number)
            && match.Items("sniHosts").Any(host => HostNames.Covers(host.ToString(), serverName ?? "")))
        select (rule, virtualService)).FirstOrDefault();

    /// <summary>On gateways only <c>port</c>, <c>gateways</c> and <c>sniHosts</c> of a match count (l4SingleMatch).</summary>
    private static bool Matches(JsonNode rule, JsonObject virtualService, JsonObject gateway, Func<JsonNode, bool> match)
    {
        var matches = rule.Items("match").ToArray();
        return matches.Length == 0 || matches.Any(one => match(one)
            && (!one.Items("gateways").Any() || one.Items("gateways").Any(name => Names(name.ToString(), virtualService, gateway))));
    }

    private IEnumerable<JsonObject> Bound(JsonObject gateway, JsonNode server) => InOrder(ResourceCatalog.VirtualService).Where(virtualService =>
        virtualService.Items("spec", "gateways").Any(name => Names(name.ToString(), virtualService, gateway))
        && virtualService.Items("spec", "hosts").Any(host => server.Items("hosts").Any(served => HostNames.Intersect(served.ToString(), gateway.Namespace(), host.ToString(), virtualService.Namespace()))));

    private static bool Names(string reference, JsonObject virtualService, JsonObject gateway)
    {
        var slash = reference.IndexOf('/', StringComparison.Ordinal);
        var (home, name) = slash < 0 ? (virtualService.Namespace(), reference) : (reference[..slash], reference[(slash + 1)..]);
        return name == gateway.Name() && (home == "." ? virtualService.Namespace() : home) == gateway.Namespace();
    }

    private Hop ToDestination((JsonNode? Route, JsonObject? Owner) found, string whyNot)
    {
        if (found.Route is null || found.Owner is null || Weighted([.. found.Route.Items("route")]) is not { } destination)
        {
            return Refused(whyNot);
        }

        var host = destination.Text("destination", "host") ?? "";
        var (name, home) = HostNames.Service(host, found.Owner.Namespace());
        if (store.Get(ResourceCatalog.Service, home, name) is not { } service)
        {
            return Refused($"the destination {host} is not a Service");
        }

        var ports = service.Items("spec", "ports").ToArray();
        var number = destination.Number("destination", "port", "number") ?? (ports.Length == 1 ? ports[0].Number("port") : null);
        return ports.FirstOrDefault(port => port.Number("port") == number) is not { } servicePort ? Refused($"the Service {home}/{name} has no port {number}")
            : Turn(ReadyPods(service)) is not { } pod ? Refused($"the Service {home}/{name} has no ready pod")
            : Into(pod, TargetPort.Of(servicePort, pod) ?? number ?? 0);
    }

    private static Hop Into(JsonObject pod, long port)
    {
        var container = pod.Items("spec", "containers").First();
        return new Hop(HopKind.Workload, $"{pod.Namespace()}/{pod.Name()}:{port}", container.Text("image") ?? "", [.. container.Items("args").Select(argument => argument.ToString())], port);
    }

    /// <summary>A Gateway's port number is a Service port where one of the pod's Services has it, and then stands for its target port; else it is the listener's own.</summary>
    private Func<long, long> PortResolver(JsonObject pod)
    {
        var labels = pod.Strings("metadata", "labels");
        var known = new Dictionary<long, long>();
        foreach (var port in store.List(ResourceCatalog.Service, pod.Namespace())
            .Where(service => service.Strings("spec", "selector").Matches(labels))
            .SelectMany(service => service.Items("spec", "ports")))
        {
            known.TryAdd(port.Number("port") ?? 0, TargetPort.Of(port, pod) ?? 0);
        }

        return number => known.GetValueOrDefault(number, number);
    }

    private JsonNode? Weighted(JsonNode[] routes)
    {
        var total = routes.Sum(route => route.Number("weight") ?? 0);
        if (routes.Length < 2 || total == 0)
        {
            return routes.FirstOrDefault();
        }

        var draw = (long)(chance() * total);
        return routes.First(route => (draw -= route.Number("weight") ?? 0) < 0);
    }

    private JsonObject[] ReadyPods(JsonObject service)
    {
        var selector = service.Strings("spec", "selector");
        return [.. store.List(ResourceCatalog.Pod, service.Namespace()).Where(pod => PodController.IsReady(pod) && selector.Matches(pod.Strings("metadata", "labels")))];
    }

    private JsonObject? Turn(JsonObject[] pods) => pods.Length == 0 ? null : pods[Interlocked.Increment(ref _turn) % (uint)pods.Length];

    /// <summary>Istio lets the older configuration win.</summary>
    private IEnumerable<JsonObject> InOrder(ResourceType type) => store.List(type)
        .OrderBy(item => item.Text("metadata", "creationTimestamp"), StringComparer.Ordinal).ThenBy(item => item.Name(), StringComparer.Ordinal).ThenBy(item => item.Namespace(), StringComparer.Ordinal);

    private static string Image(JsonObject pod) => pod.Items("spec", "containers").FirstOrDefault().Text("image") ?? "";

    private static Hop Refused(string why) => new(HopKind.Reset, why);
}
