using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// The Istio objects that route exposures, pure. Each exposure has its own Gateway, since TLS servers with disjoint hosts can share a port
/// across Gateways. Destinations have full names, since a short name resolves in the VirtualService's namespace. Wire shapes:
/// networking.istio.io/v1.
/// </summary>
internal static class IstioRoutes
{
    /// <summary>
    /// The <c>bind</c> of the servers for IPv4 and IPv6. Without it, istiod listens on IPv4 only, unless it runs with ISTIO_DUAL_STACK,
    /// which ADR 21 excludes. Istio compares <c>bind</c> as text: a server with 0.0.0.0 has the same listener as those of others without
    /// <c>bind</c>, but no conflict with them, and Envoy refuses the listener with the filter chains of both (istio 1.30, MergeGateways
    /// and buildGatewayListeners).
    /// </summary>
    private static readonly (string? Bind, string Suffix)[] Binds = [(null, ""), ("::", "-ipv6")];

    /// <summary>The Gateway of an exposure.</summary>
    public static ObjectRef GatewayOf(NamedExposure exposure) =>
        new(ObjectKind.Gateway, exposure.Spec.Backends[0].Namespace, ObjectNames.Of(exposure.Name));

    /// <summary>Gateway and VirtualService.</summary>
    public static IEnumerable<DesiredObject> Of(NamedExposure exposure, ClusterSpec cluster)
    {
        var gateway = AddOn.Gateway(cluster, exposure.Spec.Gateway);
        var place = exposure.Spec.Backends[0].Namespace;
        var name = ObjectNames.Of(exposure.Name);
        yield return DesiredObjects.Make(exposure.Name, GatewayOf(exposure), Gateway(exposure.Spec, cluster, gateway));
        yield return DesiredObjects.Make(
            exposure.Name,
            new ObjectRef(ObjectKind.VirtualService, place, name),
            VirtualService(name, exposure.Spec)
        );
    }

    /// <summary>
    /// The ServiceEntries of hosts outside the cluster. A gateway routes only to hosts in a registry. They are visible in the gateway's
    /// namespaces only. The dot at the end of the address keeps the search domains of the gateway's pod out, which lead web.shop to a
    /// Service (Istio: ValidateDNS1123Labels; envoyproxy/envoy#13644).
    /// </summary>
    /// <param name="gateway">The namespaces of the gateway's pods.</param>
    public static IEnumerable<DesiredObject> Hosts(NamedExposure exposure, IReadOnlyList<string> gateway) =>
        exposure
            .Spec.Backends.Index()
            .Where(backend => backend.Item.IsHost)
            .Select(backend =>
                DesiredObjects.Make(
                    exposure.Name,
                    HostOf(exposure, backend.Index),
                    new JsonObject
                    {
                        ["hosts"] = new JsonArray(backend.Item.Host),
                        ["location"] = "MESH_EXTERNAL",
                        ["resolution"] = "DNS",
                        ["endpoints"] = new JsonArray(new JsonObject { ["address"] = $"{backend.Item.Host}." }),
                        ["exportTo"] = TextArray.Of(gateway),
                        ["ports"] = new JsonArray([
                            .. Sorted(exposure.Spec)
                                .Select(part => part.Backends[backend.Index].Port)
                                .Select(port => new JsonObject
                                {
                                    ["number"] = port,
                                    ["name"] = ObjectNames.Port(port),
                                    ["protocol"] = "TCP",
                                }),
                        ]),
                    }
                )
            );

    /// <summary>The ServiceEntry of a backend that is a host.</summary>
    public static ObjectRef HostOf(NamedExposure exposure, int backend) =>
        new(
            ObjectKind.ServiceEntry,
            exposure.Spec.Backends[0].Namespace,
            string.Create(CultureInfo.InvariantCulture, $"{ObjectNames.Of(exposure.Name)}-{backend}")
        );

    /// <summary>
    /// The DestinationRules with Envoy's idle timeout and the PROXY protocol. Istio applies only one rule to a host, so a rule has the
    /// longest timeout of the exposures of a backend. It is in the backend's namespace, where a gateway looks it up, and visible in the
    /// gateways' namespaces only.
    /// </summary>
    public static IEnumerable<DesiredObject> BackendRules(
        IEnumerable<NamedExposure> exposures,
        Func<GatewayKind, IReadOnlyList<string>> gateway,
        RuleUsers users
    ) =>
        exposures
            .Where(exposure => NeedsRule(exposure) && !users.Without.Contains(exposure.Name))
            .SelectMany(exposure => exposure.Spec.Backends.Select(backend => (Exposure: exposure, Backend: backend)))
            .GroupBy(pair => (pair.Backend.Host, Target: RuleOf(pair.Backend)))
            .Select(group =>
                (group, Policy: Policy(group.Max(pair => pair.Exposure.Spec.IdleTimeout), users.Versions.GetValueOrDefault(group.Key.Host)))
            )
            .Where(rule => rule.Policy.Count > 0)
            .Select(rule => (rule.group, rule.Policy, Users: users.OwnerFirst(rule.group.Select(pair => pair.Exposure.Name))))
            .Select(rule =>
                DesiredObjects.Make(
                    rule.Users[0],
                    rule.group.Key.Target,
                    new JsonObject
                    {
                        ["host"] = rule.group.Key.Host,
                        ["exportTo"] = TextArray.Of(
                            rule.group.SelectMany(pair => gateway(pair.Exposure.Spec.Gateway)).Distinct().Order(StringComparer.Ordinal)
                        ),
                        ["trafficPolicy"] = rule.Policy,
                    }
                ) with
                {
                    Sharers = [.. rule.Users.Skip(1)],
                }
            );

    /// <summary>Whether an exposure has settings that only a DestinationRule of its backends can have.</summary>
    public static bool NeedsRule(NamedExposure exposure) => exposure.Spec is { IdleTimeout: not null } or { ProxyProtocol: not null };

    /// <summary>MeshPort's DestinationRule of a backend.</summary>
    public static ObjectRef RuleOf(BackendSpec backend) =>
        new(ObjectKind.DestinationRule, backend.Namespace, ObjectNames.Of(backend.Service));

    /// <summary>The CRD's format of a duration (protobuf).</summary>
    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###}s");

    private static JsonObject Policy(TimeSpan? idleTimeout, ProxyProtocol? version)
    {
        var policy = new JsonObject();
        if (idleTimeout is { } timeout)
        {
            policy["connectionPool"] = new JsonObject { ["tcp"] = new JsonObject { ["idleTimeout"] = Seconds(timeout) } };
        }

        if (version is { } some)
        {
            policy["proxyProtocol"] = new JsonObject { ["version"] = some.ToString() }; // V1 or V2, as in the CRD
        }

        return policy;
    }

    /// <summary>A server for each port, since Istio has no ranges of ports, and for each family.</summary>
    private static JsonObject Gateway(ExposureSpec spec, ClusterSpec cluster, GatewayService gateway) =>
        new()
        {
            ["selector"] = DesiredObjects.Labels(gateway.Selector),
            ["servers"] = new JsonArray([
                .. Sorted(spec)
                    .SelectMany(part =>
                        IpFamilies.HasIpv6(cluster, spec.Gateway, spec.AllowedSources)
                            ? Binds.Select(one => Server(part, one.Bind, one.Suffix))
                            : [Server(part)]
                    ),
            ]),
        };

    /// <summary>A spec for each port, in ascending order, since the order of the request means nothing here.</summary>
    private static IEnumerable<ExposureSpec> Sorted(ExposureSpec spec) => spec.AllPorts.Order().Select(port => spec.Only([port]));

    /// <param name="bind">The address of the pods on which it listens; null leaves it to istiod.</param>
    /// <param name="suffix">Of its name, since names are unique in a Gateway.</param>
    private static JsonObject Server(ExposureSpec spec, string? bind = null, string suffix = "")
    {
        var server = new JsonObject
        {
            ["port"] = new JsonObject
            {
                ["number"] = spec.Port,
                ["name"] = $"{ObjectNames.Port(spec.Port)}{suffix}",
                ["protocol"] = spec.Protocol == ExposureProtocol.Tls ? "TLS" : "TCP",
            },
            ["hosts"] = TextArray.Of(spec.Hosts),
        };
        if (bind is not null)
        {
            server["bind"] = bind;
        }

        if (spec.Protocol == ExposureProtocol.Tls)
        {
            server["tls"] = Tls(spec);
        }

        return server;
    }

    /// <summary>In mode MUTUAL, Istio finds the authority of clients by the name of the same Secret.</summary>
    private static JsonObject Tls(ExposureSpec spec) =>
        spec is { Tls: { } tls, Certificate.SecretName: var secret }
            ? new JsonObject
            {
                ["mode"] = tls.Mode == TlsMode.Mutual ? "MUTUAL" : "SIMPLE",
                ["credentialName"] = secret,
                ["minProtocolVersion"] = tls.MinVersion == TlsVersion.Tls13 ? "TLSV1_3" : "TLSV1_2",
            }
            : new JsonObject { ["mode"] = "PASSTHROUGH" };

    /// <summary>A server that ends TLS routes by <c>tcp</c>, for all its hosts (istio: createGatewayTCPFilterChainOpts).</summary>
    private static JsonObject VirtualService(string gateway, ExposureSpec spec) =>
        new()
        {
            ["hosts"] = TextArray.Of(spec.Hosts),
            ["gateways"] = new JsonArray(gateway),
            [spec.PassesTlsThrough ? "tls" : "tcp"] = new JsonArray([.. Sorted(spec).Select(Rule)]),
        };

    private static JsonObject Rule(ExposureSpec spec)
    {
        var match = new JsonObject { ["port"] = spec.Port };
        if (spec.PassesTlsThrough)
        {
            match["sniHosts"] = TextArray.Of(spec.Hosts);
        }

        return new JsonObject
        {
            ["match"] = new JsonArray(match),
            ["route"] = new JsonArray([.. spec.Backends.Select(backend => Destination(backend, weighted: spec.Backends.Count > 1))]),
        };
    }

    private static JsonObject Destination(BackendSpec backend, bool weighted)
    {
        var route = new JsonObject
        {
            ["destination"] = new JsonObject
            {
                ["host"] = backend.Host,
                ["port"] = new JsonObject { ["number"] = backend.Port },
            },
        };
        if (weighted)
        {
            route["weight"] = backend.Weight;
        }

        return route;
    }
}
