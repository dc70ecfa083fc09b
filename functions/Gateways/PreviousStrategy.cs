using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>
/// A cluster that changes its strategy keeps the ports of the previous one open until the new ones have an address. Its status has a mark
/// for each strategy that may have open ports. Pure.
/// </summary>
internal static class PreviousStrategy
{
    private static readonly ObjectKind[] OfIstio = [ObjectKind.Gateway, ObjectKind.VirtualService];
    private static readonly ObjectKind[] OfGatewayApi = [ObjectKind.TcpRoute, ObjectKind.TlsRoute, ObjectKind.ReferenceGrant];

    /// <summary>The mark of a strategy in the cluster's status.</summary>
    public static string Mark(Strategy strategy) => StrategyMarks.Of(strategy);

    public static bool IsInUse(ResourceStatus status, Strategy strategy) => StrategyMarks.IsInUse(status, strategy);

    /// <summary>Whether the two strategies need different kinds of routes.</summary>
    public static bool NeedsOtherRoutes(Strategy one, Strategy other) => (one == Strategy.GatewayApi) != (other == Strategy.GatewayApi);

    /// <returns>The kinds of routes behind ports of a previous strategy that may be open.</returns>
    public static IReadOnlyList<ObjectKind> Routes(ResourceStatus status, Strategy chosen) =>
        !Enum.GetValues<Strategy>().Any(other => NeedsOtherRoutes(other, chosen) && IsInUse(status, other)) ? []
        : chosen == Strategy.GatewayApi ? OfIstio
        : OfGatewayApi;

    /// <summary>Whether ports of the add-on's Service may be open although the cluster has another strategy now.</summary>
    public static bool HasManagedPorts(ResourceStatus status, Strategy chosen) =>
        chosen != Strategy.ManagedService && IsInUse(status, Strategy.ManagedService);

    /// <summary>
    /// Whether ports of the add-on's Service may be open. Azure does not restrict the sources of one of them. The other strategies have
    /// Services of their own, whose source ranges Azure enforces.
    /// </summary>
    public static bool MayHaveManagedPorts(ClusterSpec spec, ResourceStatus status) =>
        spec.Strategy == Strategy.ManagedService || HasManagedPorts(status, spec.Strategy);
}
