using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// Finds backends that a gateway cannot route to, pure. Of the Service of an exposure's own workload, which the same pass may have changed,
/// only the annotation is checked. The first row that fits counts:
/// <code>
/// Service                                                   | error
/// ----------------------------------------------------------+------------------------------------------------
/// none                                                      | it does not exist
/// networking.istio.io/exportTo lacks the gateway's namespace| it is hidden from the gateway
/// ExternalName                                              | name its host instead: a gateway has no endpoints for it
/// no port of that number                                    | it has no such port
/// ports of that number for UDP or SCTP only                 | the port is not for TCP
/// any other, also headless                                  | none
/// </code>
/// A gateway uses the endpoints of a headless Service like those of any other (istio: convertResolution, EDS for routers).
/// </summary>
internal static class Backends
{
    private const string ExportTo = "networking.istio.io/exportTo";

    /// <param name="gateway">The namespace of the gateway's pods.</param>
    /// <returns>By exposure, the error of its first backend that cannot be routed to.</returns>
    public static IReadOnlyDictionary<string, string> FindMissing(
        IEnumerable<NamedExposure> exposures,
        IReadOnlyDictionary<ObjectRef, JsonObject> services,
        Func<GatewayKind, string> gateway
    ) =>
        exposures
            .Select(exposure =>
                (exposure.Name, Error: PortResults.Find(exposure, part => FindError(part.Spec, services, gateway(exposure.Spec.Gateway))))
            )
            .Where(one => one.Error is not null)
            .ToDictionary(one => one.Name, one => one.Error ?? "", StringComparer.Ordinal);

    private static string? FindError(ExposureSpec spec, IReadOnlyDictionary<ObjectRef, JsonObject> services, string gateway) =>
        spec
            .Backends.Index()
            .Where(one => !one.Item.IsHost)
            .Select(one => FindError(one.Item, services, gateway, isOwn: one.Index == 0 && spec.Workload is not null))
            .FirstOrDefault(error => error is not null);

    /// <param name="isOwn">Whether the backend is the exposure's own workload.</param>
    private static string? FindError(
        BackendSpec backend,
        IReadOnlyDictionary<ObjectRef, JsonObject> services,
        string gateway,
        bool isOwn
    ) =>
        !services.TryGetValue(new ObjectRef(ObjectKind.Service, backend.Namespace, backend.Service), out var service)
            ? isOwn
                ? null
                : $"Service {backend.Namespace}/{backend.Service} does not exist. Create it, or correct the backend."
            : FindHiding(backend, service, gateway) ?? (isOwn ? null : FindError(backend, service));

    private static string? FindHiding(BackendSpec backend, JsonObject service, string gateway) =>
        service.Annotation(ExportTo) is { } exportTo && !IstioExport.Reaches(Namespaces(exportTo), backend.Namespace, gateway)
            ? $"Service {backend.Namespace}/{backend.Service} is hidden from the gateway by its annotation {ExportTo}: {exportTo}. "
                + $"Add the namespace {gateway} there, or correct the backend."
            : null;

    private static string? FindError(BackendSpec backend, JsonObject service)
    {
        var name = $"Service {backend.Namespace}/{backend.Service}";
        if (service["spec"]?["type"]?.GetValue<string>() == "ExternalName")
        {
            var target = service["spec"]?["externalName"]?.GetValue<string>() ?? "";
            return $"{name} is an ExternalName for {target}, and a gateway has no endpoints for it. {Instead(target)}";
        }

        var ports = service.ServicePorts().Where(port => port.PortNumber() == backend.Port).ToList();
        return ports.Count == 0 ? $"{name} has no port {backend.Port}. Add it, or correct the backend."
            : ports.TrueForAll(port => Protocol(port) != "TCP")
                ? $"{name} has port {backend.Port} for {Protocol(ports[0])} only. Add it for TCP, or correct the backend."
            : null;
    }

    private static string Instead(string target) =>
        target.Split('.') is [var service, var space, "svc", ..]
            ? $"Use Service {service} of namespace {space} as the backend."
            : $"Use {target} as the backend.";

    private static string[] Namespaces(string exportTo) =>
        exportTo.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string Protocol(JsonNode port) => port["protocol"]?.GetValue<string>() ?? "TCP";
}
