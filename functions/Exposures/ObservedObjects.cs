using System.Text.Json.Nodes;
using MeshPort.Kubernetes;

namespace MeshPort.Exposures;

/// <summary>Our own objects as the cluster has them: one list a kind, by our label.</summary>
internal static class ObservedObjects
{
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    public static async Task<Dictionary<ObjectRef, JsonObject>> ReadAsync(KubernetesApi api, IReadOnlyList<ObjectKind> kinds, CancellationToken cancellationToken)
    {
        var lists = await Task.WhenAll(kinds.Select(kind => api.ListAsync(kind, DesiredObjects.Selector, cancellationToken)));
        return kinds
            .Zip(lists)
            .SelectMany(pair => pair.Second.Select(found => (Target: Name(pair.First, found), Object: found)))
            .ToDictionary(pair => pair.Target, pair => pair.Object);
    }

    private static ObjectRef Name(ObjectKind kind, JsonObject found) => new(
        kind,
        found["metadata"]?["namespace"]?.GetValue<string>() ?? "",
        found["metadata"]?["name"]?.GetValue<string>() ?? "");
}
