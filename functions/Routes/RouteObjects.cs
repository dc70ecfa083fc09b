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
        Of(exposures, spec, ClusterObjects.None, RuleUsers.Of(ProxyProtocols.Of(exposures, (_, _) => null), [], _ => false));

    public static IReadOnlyList<DesiredObject> Of(
        IReadOnlyList<NamedExposure> exposures,
        ClusterSpec spec,
        ClusterObjects objects,
        RuleUsers users
    ) =>
        [
            .. exposures.SelectMany(exposure => Of(exposure, spec, objects, AddOn.Gateway(spec, exposure.Spec.Gateway))),
            .. IstioRoutes.BackendRules(exposures, gateway => AddOn.Gateway(spec, gateway), users),
        ];

    /// <summary>
    /// Whether the object lets fewer clients in. MeshPort writes such an object even when an obstacle blocks the exposure.
    /// </summary>
    public static bool IsGuard(ObjectRef target) => target.Kind == ObjectKind.AuthorizationPolicy;

    private static IEnumerable<DesiredObject> Of(NamedExposure exposure, ClusterSpec spec, ClusterObjects objects, GatewayService gateway)
    {
        var routes = spec.Strategy == Strategy.GatewayApi ? GatewayApiRoutes.Of(exposure, gateway) : IstioRoutes.Of(exposure, spec);
        // The policy comes before anything that clients can reach.
        return Guard(exposure, spec, objects).Concat(routes).Concat(IstioRoutes.Hosts(exposure, gateway));
    }

    private static IEnumerable<DesiredObject> Guard(NamedExposure exposure, ClusterSpec spec, ClusterObjects objects)
    {
        var own = SharedPort.Service(spec, exposure.Spec.Gateway, objects);
        return
            spec.Strategy == Strategy.ManagedService
            && exposure.Spec.AllowedSources.Count > 0
            && SourceRestriction.IsAtGateway(exposure.Spec, spec, own)
            ? [SourceAuthorization.Of(exposure, AddOn.Gateway(spec, exposure.Spec.Gateway), own)]
            : [];
    }
}
