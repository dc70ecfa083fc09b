using System.Text.Json.Nodes;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Kubernetes;

/// <summary>
/// Our own objects as the cluster has them: one list a kind, by our label, of the kinds that are in use alone, since every list costs. Which kinds are in use is noted in the
/// cluster's status before the first object is made, and until the last is seen to be gone.
/// </summary>
internal static class ObservedObjects
{
    /// <param name="family">The kinds that the station looks after.</param>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    public static async Task<Dictionary<ObjectRef, JsonObject>> ReadAsync(
        KubernetesApi api,
        StatusStore log,
        ClusterId cluster,
        IReadOnlyList<ObjectKind> family,
        IReadOnlyList<DesiredObject> desired,
        CancellationToken cancellationToken
    )
    {
        var wanted = desired.Select(one => one.Target.Kind).ToHashSet();
        var status = await log.RecordClusterAsync(
            cluster,
            (before, _) => wanted.Aggregate(before, (next, kind) => next.Making(Mark(kind))),
            cancellationToken
        );
        var kinds = family.Where(kind => status?.Made.Contains(Mark(kind)) == true).ToList();
        var observed = await ReadAsync(api, kinds, cancellationToken);
        var gone = kinds.Where(kind => observed.Keys.All(target => target.Kind != kind) && !wanted.Contains(kind)).ToList();
        if (gone.Count > 0)
        {
            await log.RecordClusterAsync(
                cluster,
                (before, _) => gone.Aggregate(before, (next, kind) => next.Unmaking(Mark(kind))),
                cancellationToken
            );
        }

        return observed;
    }

    /// <summary>The kinds of a family that are in use, and those that are wanted now.</summary>
    public static IReadOnlyList<ObjectKind> InUse(
        ResourceStatus status,
        IReadOnlyList<ObjectKind> family,
        IReadOnlyList<DesiredObject> desired
    ) => [.. family.Where(kind => status.Made.Contains(Mark(kind)) || desired.Any(one => one.Target.Kind == kind))];

    public static async Task<Dictionary<ObjectRef, JsonObject>> ReadAsync(
        KubernetesApi api,
        IReadOnlyList<ObjectKind> kinds,
        CancellationToken cancellationToken
    )
    {
        var lists = await Task.WhenAll(kinds.Select(kind => api.ListAsync(kind, DesiredObjects.Selector, cancellationToken)));
        return kinds
            .Zip(lists)
            .SelectMany(pair => pair.Second.Select(found => (Target: Name(pair.First, found), Object: found)))
            .ToDictionary(pair => pair.Target, pair => pair.Object);
    }

    private static string Mark(ObjectKind kind) => $"objects|{kind.Group}|{kind.Plural}";

    private static ObjectRef Name(ObjectKind kind, JsonObject found) =>
        new(kind, found["metadata"]?["namespace"]?.GetValue<string>() ?? "", found["metadata"]?["name"]?.GetValue<string>() ?? "");
}
