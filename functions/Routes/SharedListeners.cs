using MeshPort.Gateways;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// Exposures on port 443 whose connections would get to another exposure, pure. Port 443 may lead to another port of the gateway's pods,
/// such as 8443 (<see cref="SharedPort"/>), and an exposure may have that port, too. Both have one listener then. The claims do not see it,
/// and neither does a probe that passes TLS through, so MeshPort compares the two as Istio does.
/// <code>
/// the exposure on the other port             | result of the exposure on port 443
/// -------------------------------------------+-----------------------------------
/// TLS, no common name                        | none: they share the listener
/// TLS with a common name, or TCP             | False, GatewayConflict
/// </code>
/// </summary>
internal static class SharedListeners
{
    /// <returns>By exposure, the conflict.</returns>
    public static Dictionary<string, Observation> FindConflicts(RouteWork work) =>
        work.Spec.Strategy == Strategy.GatewayApi
            ? []
            : work
                .Wanted.Where(exposure => exposure.Spec.HasPort(GatewayPort.Shared))
                .Select(exposure => (exposure.Name, Conflict: Find(exposure, work)))
                .Where(one => one.Conflict is not null)
                .ToDictionary(
                    one => one.Name,
                    one => Observation.False(Reasons.GatewayConflict, one.Conflict ?? ""),
                    StringComparer.Ordinal
                );

    private static string? Find(NamedExposure exposure, RouteWork work)
    {
        var target = work.PodsOf(exposure.Spec).Target(GatewayPort.Shared);
        return
            work.Wanted.FirstOrDefault(other =>
                other.Spec.Gateway == exposure.Spec.Gateway
                && other.Name != exposure.Name
                && target != GatewayPort.Shared
                && other.Spec.HasPort(target)
                && (other.Spec.Protocol == ExposureProtocol.Tcp || IstioHosts.Overlap(exposure.Spec.Hosts, other.Spec.Hosts))
            )
                is { } first
            ? $"Port {GatewayPort.Shared} of the gateway leads to port {target} of its pods, where exposure {first.Name} "
                + (
                    first.Spec.Protocol == ExposureProtocol.Tcp
                        ? "has plain TCP. Choose"
                        : "has a common name. Choose other names, or choose"
                )
                + $" another port than {target} for {first.Name}."
            : null;
    }
}
