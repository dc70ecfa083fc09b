using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>Whether the Services that exposures route to are there: one list for all of them.</summary>
internal static class Backends
{
    /// <returns>By exposure, what is wrong with the first backend that cannot be routed to.</returns>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    public static async Task<IReadOnlyDictionary<string, string>> FindMissingAsync(
        KubernetesApi api,
        IEnumerable<NamedExposure> exposures,
        CancellationToken cancellationToken
    )
    {
        var wanted = exposures
            .SelectMany(exposure =>
                exposure
                    .Spec.Backends.Skip(exposure.Spec.Workload is null ? 0 : 1)
                    .Where(backend => !backend.IsHost)
                    .Select(backend => (exposure.Name, Backend: backend))
            )
            .ToList();
        var missing = new Dictionary<string, string>(StringComparer.Ordinal);
        if (wanted.Count == 0)
        {
            return missing;
        }

        var ports = (await api.ListAsync(ObjectKind.Service, null, cancellationToken)).ToDictionary(Key, Ports);
        foreach (var (name, backend) in wanted)
        {
            if (!ports.TryGetValue((backend.Namespace, backend.Service), out var found))
            {
                missing.TryAdd(name, $"Service {backend.Namespace}/{backend.Service} does not exist; make it, or correct the backend.");
            }
            else if (!found.Contains(backend.Port))
            {
                missing.TryAdd(
                    name,
                    $"Service {backend.Namespace}/{backend.Service} has no port {backend.Port}; add it, or correct the backend."
                );
            }
        }

        return missing;
    }

    private static (string Namespace, string Name) Key(JsonObject service) =>
        (service["metadata"]?["namespace"]?.GetValue<string>() ?? "", service["metadata"]?["name"]?.GetValue<string>() ?? "");

    private static HashSet<int> Ports(JsonObject service) =>
        (service["spec"]?["ports"] as JsonArray ?? []).Select(port => port?["port"]?.GetValue<int>() ?? 0).ToHashSet();
}
