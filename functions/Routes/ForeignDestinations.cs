using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>The destinations of a rule of others as backends, pure. Wire shape: VirtualService of networking.istio.io/v1.</summary>
internal static class ForeignDestinations
{
    private const string ClusterDomain = ".svc.cluster.local";

    /// <summary>
    /// The backends of a rule. A host without dots is a Service of the VirtualService's namespace; any other host is a full name. A single
    /// destination has all connections, whatever its weight. A destination without a port means the only port of its Service.
    /// </summary>
    /// <param name="home">The namespace of the VirtualService, where a backend outside the cluster has its objects, too.</param>
    /// <returns>Null when a destination has no counterpart in a backend, such as a subset.</returns>
    public static IReadOnlyList<BackendSpec>? Backends(JsonObject rule, string home, IReadOnlyDictionary<ObjectRef, JsonObject> services)
    {
        var routes = rule.Items("route").ToList();
        var backends = routes.ConvertAll(route => Backend(route, home, services, isOnly: routes.Count == 1));
        return routes.Count > 0 && backends.TrueForAll(backend => backend is not null) ? [.. backends.OfType<BackendSpec>()] : null;
    }

    /// <returns>How the destinations differ from the backends of an exposure: the rest of a sentence; null when they do not.</returns>
    public static string? Difference(
        JsonObject rule,
        string home,
        ExposureSpec exposure,
        IReadOnlyDictionary<ObjectRef, JsonObject> services
    ) =>
        Backends(rule, home, services) is not { } backends ? "has a subset, or a destination without a port"
        : !Names(backends).SequenceEqual(Names(exposure.Backends)) ? $"routes to {string.Join(", ", Names(backends))}"
        : null;

    private static IEnumerable<string> Names(IEnumerable<BackendSpec> backends) =>
        backends.Select(backend => $"{backend.Host}:{backend.Port} ({backend.Weight} %)").Order(StringComparer.Ordinal);

    private static BackendSpec? Backend(JsonObject route, string home, IReadOnlyDictionary<ObjectRef, JsonObject> services, bool isOnly)
    {
        var destination = route["destination"];
        var host = $"{destination?["host"]}";
        var (service, space) =
            !host.Contains('.', StringComparison.Ordinal) ? (host, home)
            : host.EndsWith(ClusterDomain, StringComparison.Ordinal) && host[..^ClusterDomain.Length].Split('.') is [var name, var its]
                ? (name, its)
            : (host, home);
        var port =
            destination?["port"]?["number"] is JsonValue number && number.TryGetValue<int>(out var known) ? known
            : services.GetValueOrDefault(new ObjectRef(ObjectKind.Service, space, service))?.ServicePorts().ToList() is [var only]
                ? only.PortNumber()
            : 0;
        var weight =
            isOnly ? 100
            : route["weight"] is JsonValue share && share.TryGetValue<int>(out var part) ? part
            : 0;
        return host.Length == 0 || port == 0 || destination?["subset"] is not null ? null : new BackendSpec(service, space, port, weight);
    }
}
