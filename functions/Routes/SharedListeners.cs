using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// Exposures on port 443 whose connections would get to another exposure, pure. Port 443 may lead to another port of the gateway's pods,
/// such as 8443 (<see cref="SharedPort"/>), and an exposure may have that port, too. Both have one listener then. The claims do not see it,
/// and neither does a probe that passes TLS through, so MeshPort compares the two as Istio does. Istio serves the older Gateway.
/// <code>
/// the exposure on the other port    | its server                       | the result: False, GatewayConflict
/// ----------------------------------+----------------------------------+------------------------------------
/// TLS, no common name               | any                              | none: they share the listener
/// TLS with a common name, or TCP    | older than that of port 443      | of the exposure on port 443
/// the same                          | younger, or none while port 443  | of the exposure on the other port
///                                   | is served                        |
/// the same                          | none, and port 443 neither       | of the exposure on port 443
/// the same, blocked by an earlier   | none                             | none: nobody has the listener
/// condition                         |                                  |
/// </code>
/// </summary>
/// <param name="Conflicts">By exposure, the conflict and its remedy.</param>
/// <param name="Displaced">The ports that the other exposure has.</param>
internal sealed record SharedListeners(
    IReadOnlyDictionary<string, Observation> Conflicts,
    IReadOnlySet<(string Exposure, int Port)> Displaced
)
{
    public static readonly SharedListeners None = new(new Dictionary<string, Observation>(), new HashSet<(string, int)>());

    public static SharedListeners Of(RouteWork work)
    {
        var conflicts = new Dictionary<string, Observation>(StringComparer.Ordinal);
        var displaced = new HashSet<(string, int)>();
        foreach (var (shared, other, target) in work.Spec.Strategy == Strategy.GatewayApi ? [] : Pairs(work))
        {
            var (ours, theirs) = (Server(shared, GatewayPort.Shared, work), Server(other, target, work));
            if (theirs is null && work.Blocked.Contains(other.Name))
            {
                continue;
            }

            var isFirst = ours is not null && (theirs is null || ForeignListeners.Age.Compare(ours, theirs) < 0);
            var (loser, port) = isFirst ? (other, target) : (shared, GatewayPort.Shared);
            conflicts.TryAdd(
                loser.Name,
                Observation.False(Reasons.GatewayConflict, isFirst ? TellOther(shared, target) : TellShared(other, target))
            );
            displaced.Add((loser.Name, port));
        }

        return new SharedListeners(conflicts, displaced);
    }

    /// <summary>The exposures on port 443, each with those that cannot share its listener.</summary>
    private static IEnumerable<(NamedExposure Shared, NamedExposure Other, int Target)> Pairs(RouteWork work) =>
        from shared in work.Wanted
        where shared.Spec.HasPort(GatewayPort.Shared)
        let target = work.PodsOf(shared.Spec).Target(GatewayPort.Shared)
        where target != GatewayPort.Shared
        from other in work.Wanted
        where
            other.Name != shared.Name
            && other.Spec.Gateway == shared.Spec.Gateway
            && other.Spec.HasPort(target)
            && (other.Spec.Protocol == ExposureProtocol.Tcp || IstioHosts.Overlap(shared.Spec.Hosts, other.Spec.Hosts))
        select (shared, other, target);

    /// <returns>The Gateway of an exposure, if it has the port.</returns>
    private static JsonObject? Server(NamedExposure exposure, int port, RouteWork work) =>
        work.Objects.Ours.GetValueOrDefault(IstioRoutes.GatewayOf(exposure)) is { } gateway
        && gateway["spec"].Items("servers").Any(server => $"{server["port"]?["number"]}" == $"{port}")
            ? gateway
            : null;

    private static string TellShared(NamedExposure other, int target) =>
        $"Port {GatewayPort.Shared} of the gateway leads to port {target} of its pods, where exposure {other.Name} "
        + (other.Spec.Protocol == ExposureProtocol.Tcp ? "has plain TCP. Choose" : "has a common name. Choose other names, or choose")
        + $" another port than {target} for {other.Name}.";

    private static string TellOther(NamedExposure shared, int target) =>
        $"Port {target} of the gateway's pods also serves port {GatewayPort.Shared}, where exposure {shared.Name} came first. "
        + "Choose another port.";
}
