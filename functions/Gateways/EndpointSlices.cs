using System.Text.Json.Nodes;
using MeshPort.Kubernetes;

namespace MeshPort.Gateways;

/// <summary>The EndpointSlices of Services (discovery.k8s.io/v1), as far as the snapshot has them.</summary>
internal static class EndpointSlices
{
    private const string ServiceName = "kubernetes.io/service-name";

    /// <summary>By namespace and name of the Service.</summary>
    public static ILookup<(string Namespace, string? Service), JsonObject> Of(ClusterObjects objects) =>
        objects.AllOf(ObjectKind.EndpointSlice).ToLookup(slice => (slice.Namespace(), slice.Label(ServiceName)));

    public static bool HasReady(JsonObject slice) => slice.Items("endpoints").Any(IsReady);

    /// <summary>The number of nodes with a ready endpoint of the Service; null where MeshPort knows no endpoints.</summary>
    public static int? Nodes(ClusterObjects objects, ObjectRef service) =>
        objects
            .AllOf(ObjectKind.EndpointSlice)
            .Where(slice => slice.Namespace() == service.Namespace && slice.Label(ServiceName) == service.Name)
            .ToList()
            is { Count: > 0 } slices
            ? slices
                .SelectMany(slice => slice.Items("endpoints").Where(IsReady))
                .Select(endpoint => endpoint["nodeName"]?.ToString())
                .OfType<string>()
                .Distinct()
                .Count()
            : null;

    private static bool IsReady(JsonNode endpoint) => endpoint["conditions"]?["ready"]?.GetValue<bool>() != false;
}
