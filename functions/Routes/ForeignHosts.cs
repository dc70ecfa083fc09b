using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// ServiceEntries of others for a host that is a backend of an exposure, pure. For a host and a port that several ServiceEntries have, a
/// gateway uses the oldest that it sees (istio/istio, pilot/pkg/model/push_context.go).
/// <code>
/// theirs                                                        | result
/// --------------------------------------------------------------+----------------------
/// has another host or port, or is hidden from the gateway       | none
/// has a wildcard for the host: MeshPort's exact host comes first| none
/// resolves the host by DNS, as MeshPort's does                  | none
/// is younger than MeshPort's                                    | none
/// any other: clients would get the endpoints that it names      | False, RouteConflict
/// </code>
/// </summary>
internal static class ForeignHosts
{
    /// <returns>By exposure, the conflict.</returns>
    public static Dictionary<string, Observation> FindConflicts(RouteWork work)
    {
        var others = work.Objects.OthersOf(ObjectKind.ServiceEntry).ToList();
        return (others.Count == 0 ? [] : work.Wanted)
            .Select(exposure => (exposure.Name, Conflict: PortResults.Find(exposure, part => Find(part, work, others))))
            .Where(one => one.Conflict is not null)
            .ToDictionary(one => one.Name, one => Observation.False(Reasons.RouteConflict, one.Conflict ?? ""), StringComparer.Ordinal);
    }

    private static string? Find(NamedExposure exposure, RouteWork work, List<KeyValuePair<ObjectRef, JsonObject>> others)
    {
        var home = AddOn.Home(work.Spec, exposure.Spec.Gateway);
        return exposure
            .Spec.Backends.Index()
            .Where(backend => backend.Item.IsHost)
            .Select(backend => (backend.Item, Ours: work.Objects.Ours.GetValueOrDefault(IstioRoutes.HostOf(exposure, backend.Index))))
            .SelectMany(backend =>
                others
                    .Where(found => Takes(found.Value, backend.Item, home) && IsFirst(found.Value, backend.Ours))
                    .Select(found =>
                        $"{found.Key} belongs to others and has its own endpoints for {backend.Item.Host}:{backend.Item.Port}, "
                        + $"which clients of port {exposure.Spec.Port} would get. "
                        + $"Remove the host there, or hide it from namespace {home} (exportTo)."
                    )
            )
            .FirstOrDefault();
    }

    private static bool Takes(JsonObject entry, BackendSpec backend, string home)
    {
        var spec = entry["spec"];
        return spec.Texts("hosts").Contains(backend.Host, StringComparer.OrdinalIgnoreCase)
            && spec.Items("ports").Any(port => $"{port["number"]}" == $"{backend.Port}")
            && IstioExport.Reaches(spec.Texts("exportTo"), entry.Namespace(), home)
            && (
                !$"{spec?["resolution"]}".StartsWith("DNS", StringComparison.Ordinal)
                || spec.Items("endpoints").Any(endpoint => !IsHostItself(endpoint, backend.Host))
            );
    }

    private static bool IsHostItself(JsonNode endpoint, string host) =>
        endpoint["ports"] is null && string.Equals($"{endpoint["address"]}".TrimEnd('.'), host, StringComparison.OrdinalIgnoreCase);

    private static bool IsFirst(JsonObject theirs, JsonObject? ours) => ours is null || ForeignListeners.Age.Compare(theirs, ours) < 0;
}
