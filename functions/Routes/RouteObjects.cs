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

    public static IReadOnlyList<DesiredObject> Of(IReadOnlyList<NamedExposure> exposures, ClusterSpec spec) =>
        Of(exposures, spec, RuleUsers.Of(ProxyProtocols.Of(exposures, (_, _) => null), [], _ => false));

    public static IReadOnlyList<DesiredObject> Of(IReadOnlyList<NamedExposure> exposures, ClusterSpec spec, RuleUsers users) =>
        [
            .. exposures.SelectMany(exposure => Of(exposure, spec, AddOn.Gateway(spec, exposure.Spec.Gateway))),
            .. IstioRoutes.BackendRules(exposures, gateway => AddOn.Gateway(spec, gateway), users),
        ];

    /// <summary>The policies at the gateway where nothing else restricts the sources of exposures.</summary>
    public static IEnumerable<DesiredObject> GuardsOf(IReadOnlyList<NamedExposure> exposures, ClusterSpec spec) =>
        spec.Strategy == Strategy.ManagedService && !SourceRestriction.HasNetworkSecurityGroup(spec)
            ? exposures
                .Where(exposure => exposure.Spec.AllowedSources.Count > 0)
                .Select(exposure => SourceAuthorization.Of(exposure, AddOn.Gateway(spec, exposure.Spec.Gateway)))
            : [];

    /// <summary>
    /// The policies at the gateway of exposures whose port the add-on's Service still has from a previous strategy. Other exposures get
    /// none: the gateway may no longer see their clients' addresses.
    /// </summary>
    public static IReadOnlyList<DesiredObject> OfPreviousStrategy(
        IReadOnlyList<NamedExposure> exposures,
        ClusterSpec spec,
        ResourceStatus status,
        ClusterObjects objects
    )
    {
        if (!PreviousStrategy.HasManagedPorts(status, spec.Strategy) || SourceRestriction.HasNetworkSecurityGroup(spec))
        {
            return [];
        }

        return
        [
            .. exposures
                .Where(exposure => exposure.Spec.AllowedSources.Count > 0)
                .Select(exposure => (Exposure: exposure, Gateway: AddOn.Gateway(spec, exposure.Spec.Gateway)))
                .Where(one => HasPort(objects, one.Gateway, one.Exposure.Spec))
                .Select(one => SourceAuthorization.Of(one.Exposure, one.Gateway)),
        ];
    }

    /// <summary>
    /// Whether the object lets fewer clients in. MeshPort writes such an object even when an obstacle blocks the exposure.
    /// </summary>
    public static bool IsGuard(ObjectRef target) => target.Kind == ObjectKind.AuthorizationPolicy;

    private static IEnumerable<DesiredObject> Of(NamedExposure exposure, ClusterSpec spec, GatewayService gateway)
    {
        var routes = spec.Strategy == Strategy.GatewayApi ? GatewayApiRoutes.Of(exposure, gateway) : IstioRoutes.Of(exposure, spec);
        // The policy comes before anything that clients can reach.
        return GuardsOf([exposure], spec).Concat(routes).Concat(IstioRoutes.Hosts(exposure, gateway));
    }

    private static bool HasPort(ClusterObjects objects, GatewayService gateway, ExposureSpec spec) =>
        objects.Services.TryGetValue(new ObjectRef(ObjectKind.Service, gateway.Namespace, gateway.Service), out var service)
        && service.ServicePorts().Any(found => spec.HasPort(found.PortNumber()));
}
