using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// The PROXY protocol of each backend, pure. A DestinationRule sets it for a host with all its ports (istio.io, Destination Rule,
/// <c>TrafficPolicy.proxyProtocol</c>), so all exposures of a backend must have the same.
/// <code>
/// exposures of a backend                             | its protocol       | exposures with another one, or none
/// ---------------------------------------------------+--------------------+------------------------------------
/// have the same                                      | that               | -
/// differ, and one has what the backend gets now      | what it gets now   | False, ProxyProtocolConflict
/// differ, and none has that                          | the first by name  | False, ProxyProtocolConflict
/// </code>
/// </summary>
/// <param name="Versions">By host, the protocol; null for none.</param>
/// <param name="Conflicts">By exposure, the conflict and its remedy.</param>
internal sealed record ProxyProtocols(
    IReadOnlyDictionary<string, ProxyProtocol?> Versions,
    IReadOnlyDictionary<string, Observation> Conflicts
)
{
    /// <param name="current">The DestinationRule that a gateway uses for a backend now; null without one.</param>
    public static ProxyProtocols Of(IReadOnlyList<NamedExposure> exposures, Func<ExposureSpec, BackendSpec, JsonObject?> current)
    {
        var versions = new Dictionary<string, ProxyProtocol?>(StringComparer.Ordinal);
        var conflicts = new Dictionary<string, Observation>(StringComparer.Ordinal);
        foreach (
            var users in exposures
                .SelectMany(exposure => exposure.Spec.Backends.Select(backend => (Exposure: exposure, Backend: backend)))
                .GroupBy(user => user.Backend.Host)
                .Where(users => users.Any(user => user.Exposure.Spec.ProxyProtocol is not null))
        )
        {
            var sorted = users.OrderBy(user => user.Exposure.Name, StringComparer.Ordinal).ToList();
            var now = Version(current(sorted[0].Exposure.Spec, sorted[0].Backend));
            var chosen = sorted.Find(user => user.Exposure.Spec.ProxyProtocol == now).Exposure ?? sorted[0].Exposure;
            versions[users.Key] = chosen.Spec.ProxyProtocol;
            foreach (var (exposure, backend) in sorted.Where(user => user.Exposure.Spec.ProxyProtocol != chosen.Spec.ProxyProtocol))
            {
                conflicts.TryAdd(exposure.Name, Conflict(chosen, backend));
            }
        }

        return new ProxyProtocols(versions, conflicts);
    }

    /// <summary>The protocol that a DestinationRule sets; null for none. The version of an empty object is V1.</summary>
    public static ProxyProtocol? Version(JsonObject? rule) =>
        rule?["spec"]?["trafficPolicy"]?["proxyProtocol"] is JsonObject set
            ? set["version"]?.ToString() == "V2"
                ? ProxyProtocol.V2
                : ProxyProtocol.V1
            : null;

    /// <summary>For people: <c>PROXY protocol v1</c>.</summary>
    public static string Tell(ProxyProtocol? version) =>
        version is { } some ? $"PROXY protocol {some.ToString().ToLowerInvariant()}" : "no PROXY protocol";

    private static string Use(ProxyProtocol? version) => version is null ? "without the PROXY protocol" : $"with {Tell(version)}";

    private static Observation Conflict(NamedExposure chosen, BackendSpec backend) =>
        Observation.False(
            Reasons.ProxyProtocolConflict,
            $"Exposure {chosen.Name} has the same backend {backend.Host} {Use(chosen.Spec.ProxyProtocol)}, and a DestinationRule "
                + "sets it for all ports of a host. Give both the same proxyProtocol, or use another Service as backend."
        );
}
