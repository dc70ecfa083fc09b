using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.DataPlane.GatewayApi;
using MeshPort.Sandbox.DataPlane.Istio;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// Routes a connection through the layers behind the load balancer: Service, gateway pod, listener, route, Service, pod. It evaluates them
/// in memory for every connection, so that a change applies at once. Open connections stay unchanged.
/// </summary>
/// <param name="chance">A number from 0 (inclusive) to 1 (exclusive), for weights.</param>
internal sealed class TrafficRouter(ObjectStore store, Func<ClusterShape> shape, Func<double> chance)
{
    private const int StatusPort = 15021;

    /// <summary>The source address that pods see when a node forwards a connection (externalTrafficPolicy Cluster).</summary>
    public static readonly IPAddress Node = IPAddress.Parse("10.224.0.4");

    private readonly Workloads _workloads = new(store);
    private readonly IstioListeners _istio = new(store);
    private readonly NetworkPolicies _networkPolicies = new(store, shape);
    private readonly AccessPolicies _policies = new(store);
    private readonly GatewayApiListeners _gatewayApi = new(store, shape);

    /// <summary>The listeners of classic Istio resources.</summary>
    public IstioListeners Istio => _istio;

    /// <param name="isIpv6">The family of the connection, which kube-proxy keeps.</param>
    /// <param name="serverName">The name in the TLS client hello; empty when it has none, null before it was read.</param>
    /// <param name="client">The connecting address. Null before a connection exists.</param>
    public Hop Route(JsonObject service, int port, bool isIpv6, string? serverName = null, IPAddress? client = null)
    {
        if (
            service
                .Items("spec", "ports")
                .FirstOrDefault(candidate => candidate.Number("port") == port && candidate.Text("protocol") == "TCP")
            is not { } servicePort
        )
        {
            return Hop.Refused($"the Service has no port {port}");
        }

        if (_workloads.Next(service) is not { } pod)
        {
            return Hop.Refused("the Service has no ready pod"); // kube-proxy rejects
        }

        var target = TargetPort.Of(servicePort, pod) ?? port;
        var hop = Images.IsGateway(Workloads.Image(pod))
            ? ThroughGateway(
                pod,
                target,
                isIpv6,
                serverName,
                client is null || service.Text("spec", "externalTrafficPolicy") == "Local" ? client : Node
            )
            : Workloads.Into(pod, target);
        return hop with { Idle = FrontendRules.Idle(service).Or(hop.Idle) };
    }

    /// <summary>A connection to the pod's own loopback address, as the kubelet makes it.</summary>
    public Hop IntoPod(JsonObject pod, int port, string? serverName = null) =>
        (
            Images.IsGateway(Workloads.Image(pod))
                ? ThroughGateway(pod, port, isIpv6: false, serverName, IPAddress.Loopback)
                : Workloads.Into(pod, port)
        ) with
        {
            Idle = IdleRule.OfKubelet,
        };

    /// <summary>Whether the load balancer has a healthy node for the port.</summary>
    public bool IsServed(JsonObject service, JsonNode port) => !HealthProbes.IsUnserved(service, port, _workloads.Next(service));

    /// <summary>The status port and the listeners of the Gateway API are on IPv4 only, since the add-on sets no ISTIO_DUAL_STACK.</summary>
    private Hop ThroughGateway(JsonObject pod, long target, bool isIpv6, string? serverName, IPAddress? source)
    {
        if (target == StatusPort && !isIpv6)
        {
            return new Hop(HopKind.GatewayStatus, "the gateway's status port");
        }

        return (_istio.Find(pod, target, isIpv6, serverName) ?? (isIpv6 ? null : _gatewayApi.Find(pod, target, serverName))) switch
        {
            null => Hop.Refused($"the gateway does not listen on {target}{(isIpv6 ? " of IPv6" : "")}"),
            { Kind: not HopKind.NeedsServerName } when source is not null && _policies.Refuses(pod, target, source, serverName) =>
                Hop.Reset($"an AuthorizationPolicy refuses {source}"),
            { Kind: HopKind.Workload } listener => Introduced(
                new Destinations(store, _workloads, _networkPolicies, chance).Choose(listener.Destinations, pod),
                pod,
                target,
                source
            ) with
            {
                Tls = listener.Tls,
            },
            var listener => new Hop(listener.Kind, listener.Why),
        };
    }

    private static Hop Introduced(Hop hop, JsonObject pod, long target, IPAddress? source) =>
        hop.ProxyVersion is { } version && source is not null && IPAddress.TryParse(pod.Text("status", "podIP"), out var own)
            ? hop with
            {
                Proxy = new ProxyHeader(version == "V2", source, new IPEndPoint(own, (int)target)),
            }
            : hop;
}
