using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>Finds backends that do not exist, pure. The Service of an exposure's own workload is not checked.</summary>
internal static class Backends
{
    /// <returns>By exposure, the error of its first backend that cannot be routed to.</returns>
    public static IReadOnlyDictionary<string, string> FindMissing(
        IEnumerable<NamedExposure> exposures,
        IReadOnlyDictionary<ObjectRef, JsonObject> services
    ) =>
        exposures
            .Select(exposure => (exposure.Name, Error: FindError(exposure.Spec, services)))
            .Where(one => one.Error is not null)
            .ToDictionary(one => one.Name, one => one.Error ?? "", StringComparer.Ordinal);

    private static string? FindError(ExposureSpec spec, IReadOnlyDictionary<ObjectRef, JsonObject> services) =>
        spec
            .Backends.Skip(spec.Workload is null ? 0 : 1)
            .Where(backend => !backend.IsHost)
            .Select(backend => FindError(backend, services))
            .FirstOrDefault(error => error is not null);

    private static string? FindError(BackendSpec backend, IReadOnlyDictionary<ObjectRef, JsonObject> services) =>
        !services.TryGetValue(new ObjectRef(ObjectKind.Service, backend.Namespace, backend.Service), out var service)
            ? $"Service {backend.Namespace}/{backend.Service} does not exist. Create it, or correct the backend."
        : service.ServicePorts().All(port => port.PortNumber() != backend.Port)
            ? $"Service {backend.Namespace}/{backend.Service} has no port {backend.Port}. Add it, or correct the backend."
        : null;
}
