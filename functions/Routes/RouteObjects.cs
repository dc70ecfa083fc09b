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
            .. exposures.SelectMany(exposure => Guards.OfUnobserved(exposure, spec).Concat(Routes(exposure, spec))),
            .. BackendRules(exposures, spec, RuleUsers.Of(ProxyProtocols.Of(exposures, (_, _) => null), [], _ => false)),
        ];

    /// <summary>The same without the policies of <see cref="Guards"/>.</summary>
    /// <param name="former">By name, the namespaces of Gateways that the spec has left, and that still serve.</param>
    public static IReadOnlyList<DesiredObject> Of(
        IReadOnlyList<NamedExposure> exposures,
        ClusterSpec spec,
        RuleUsers users,
        ILookup<string, string> former
    ) => [.. exposures.SelectMany(exposure => Routes(exposure, spec, former)), .. BackendRules(exposures, spec, users)];

    /// <summary>
    /// Whether the object lets fewer clients in. MeshPort writes such an object even when an obstacle blocks the exposure.
    /// </summary>
    public static bool IsGuard(ObjectRef target) => target.Kind == ObjectKind.AuthorizationPolicy;

    private static IEnumerable<DesiredObject> Routes(NamedExposure exposure, ClusterSpec spec, ILookup<string, string>? former = null)
    {
        var gateway = exposure.Spec.Gateway;
        var routes =
            spec.Strategy == Strategy.GatewayApi
                ? GatewayApiRoutes.Of(exposure, AddOn.Serving(spec, gateway), former?[PortGroup.Of(exposure.Spec).Name])
                : IstioRoutes.Of(exposure, spec);
        return routes.Concat(IstioRoutes.Hosts(exposure, AddOn.Homes(spec, gateway)));
    }

    private static IEnumerable<DesiredObject> BackendRules(IReadOnlyList<NamedExposure> exposures, ClusterSpec spec, RuleUsers users) =>
        IstioRoutes.BackendRules(exposures, gateway => AddOn.Homes(spec, gateway), users);
}
