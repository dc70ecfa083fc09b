using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>The objects that route exposures, where nothing prevents it, pure.</summary>
internal static class RouteObjects
{
    /// <summary>The kinds of these objects.</summary>
    public static readonly ObjectKind[] Family =
    [
        ObjectKind.AuthorizationPolicy,
        ObjectKind.Gateway,
        ObjectKind.VirtualService,
        ObjectKind.ServiceEntry,
        ObjectKind.DestinationRule,
        ObjectKind.TcpRoute,
        ObjectKind.TlsRoute,
        ObjectKind.ReferenceGrant,
    ];

    /// <summary>The objects for a cluster that was not observed.</summary>
    public static IReadOnlyList<DesiredObject> Of(IReadOnlyList<NamedExposure> exposures, ClusterSpec spec) =>
        [
            // The policy comes before anything that clients can reach.
            .. exposures.SelectMany(exposure => Guards.OfUnobserved(exposure, spec).Concat(Routes(exposure, spec, []))),
            .. BackendRules(exposures, spec, RuleUsers.Of(ProxyProtocols.Of(exposures, (_, _) => null), [], _ => false), []),
        ];

    /// <summary>The same without the policies of <see cref="Guards"/>.</summary>
    /// <param name="former">The namespaces that the spec has left, and in which Gateways still serve.</param>
    public static IReadOnlyList<DesiredObject> Of(
        IReadOnlyList<NamedExposure> exposures,
        ClusterSpec spec,
        RuleUsers users,
        IReadOnlyList<string> former
    ) => [.. exposures.SelectMany(exposure => Routes(exposure, spec, former)), .. BackendRules(exposures, spec, users, former)];

    /// <summary>
    /// Whether the object lets fewer clients in. MeshPort writes such an object even when an obstacle blocks the exposure.
    /// </summary>
    public static bool IsGuard(ObjectRef target) => target.Kind == ObjectKind.AuthorizationPolicy;

    private static IEnumerable<DesiredObject> Routes(NamedExposure exposure, ClusterSpec spec, IReadOnlyList<string> former)
    {
        var gateway = exposure.Spec.Gateway;
        var routes =
            spec.Strategy == Strategy.GatewayApi
                ? GatewayApiRoutes.Of(exposure, AddOn.Serving(spec, gateway))
                : IstioRoutes.Of(exposure, spec);
        return routes.Concat(IstioRoutes.Hosts(exposure, Homes(spec, gateway, former)));
    }

    private static IEnumerable<DesiredObject> BackendRules(
        IReadOnlyList<NamedExposure> exposures,
        ClusterSpec spec,
        RuleUsers users,
        IReadOnlyList<string> former
    ) => IstioRoutes.BackendRules(exposures, gateway => Homes(spec, gateway, former), users);

    /// <summary>The namespaces of all pods that serve exposures of a gateway now.</summary>
    private static IReadOnlyList<string> Homes(ClusterSpec spec, GatewayKind gateway, IReadOnlyList<string> former) =>
        [.. AddOn.Homes(spec, gateway).Union(former, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
