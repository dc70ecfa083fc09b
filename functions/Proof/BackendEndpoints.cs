using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Proof;

/// <summary>
/// Finds backends to which no connection can go, pure. A probe proves one of several backends, and MeshPort does not probe internal
/// gateways. The EndpointSlices of a backend's Service decide (discovery.k8s.io/v1):
/// <code>
/// EndpointSlices of the Service                                | error
/// -------------------------------------------------------------+------
/// none: MeshPort may not list them, or others make them        | none
/// one has the Service's port, and a ready endpoint             | none
/// any other                                                    | yes
/// </code>
/// </summary>
internal static class BackendEndpoints
{
    private const string ServiceName = "kubernetes.io/service-name";

    /// <summary>Whether MeshPort reads EndpointSlices for an exposure. A probe of a single backend needs none while it succeeds.</summary>
    public static bool AreNeeded(NamedExposure exposure) =>
        exposure.Spec.Gateway == GatewayKind.Internal
        || exposure.Spec.Backends.Count(backend => backend.Weight > 0) > 1
        || !exposure.WasTrue(ConditionTypes.Ready);

    /// <returns>The error and its remedy for the first backend without a ready endpoint; null without one.</returns>
    public static string? FindError(ExposureSpec spec, ClusterObjects objects)
    {
        var slices = objects.AllOf(ObjectKind.EndpointSlice).ToLookup(slice => (slice.Namespace(), slice.Label(ServiceName)));
        var weights = spec.Backends.Sum(backend => backend.Weight);
        return spec
            .Backends.Where(backend => backend.Weight > 0 && !backend.IsHost)
            .Where(backend => slices[(backend.Namespace, backend.Service)].Any() && !IsServed(backend, objects, slices))
            .Select(backend =>
                $"Service {backend.Namespace}/{backend.Service} has no ready endpoint for port {backend.Port}, so "
                + (backend.Weight == weights ? "all connections" : $"{100 * backend.Weight / weights} % of the connections")
                + " fail. Check its selector, its target port and its pods."
            )
            .FirstOrDefault();
    }

    private static bool IsServed(BackendSpec backend, ClusterObjects objects, ILookup<(string, string?), JsonObject> slices)
    {
        var service = objects.Services.GetValueOrDefault(new ObjectRef(ObjectKind.Service, backend.Namespace, backend.Service));
        var name = service?.ServicePorts().FirstOrDefault(port => port.PortNumber() == backend.Port)?["name"]?.ToString() ?? "";
        return slices[(backend.Namespace, backend.Service)]
            .Any(slice =>
                Items(slice, "ports").Any(port => (port["name"]?.ToString() ?? "") == name)
                && Items(slice, "endpoints").Any(endpoint => endpoint["conditions"]?["ready"]?.GetValue<bool>() != false)
            );
    }

    private static IEnumerable<JsonObject> Items(JsonObject slice, string list) => (slice[list] as JsonArray ?? []).OfType<JsonObject>();
}
