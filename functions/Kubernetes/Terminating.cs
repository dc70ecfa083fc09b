using System.Text.Json.Nodes;

namespace MeshPort.Kubernetes;

/// <summary>
/// Objects that are being deleted. Such an object stays, and works, until its last finalizer is removed; every Service of type
/// LoadBalancer has one of Azure's. A write to it would be lost with it, so MeshPort waits and then creates the object again.
/// </summary>
internal static class Terminating
{
    public static bool IsOne(JsonObject found) => found.DeletionTimestamp() is not null;

    /// <summary>Whether a deletion does not remove the object at once.</summary>
    public static bool IsKept(JsonObject found) => found.Finalizers().Count > 0;

    /// <summary>The message for people.</summary>
    public static string Tell(ObjectRef target, JsonObject found) =>
        $"{target} is being deleted and waits for {string.Join(", ", found.Finalizers())}, which its own controller removes.";

    /// <returns>The message of a desired object of an exposure that is being deleted; null without one.</returns>
    public static string? Find(string exposure, IEnumerable<DesiredObject> desired, IReadOnlyDictionary<ObjectRef, JsonObject> observed) =>
        desired
            .Where(one => one.Exposures.Contains(exposure) && observed.TryGetValue(one.Target, out var found) && IsOne(found))
            .Select(one => $"{Tell(one.Target, observed[one.Target])} MeshPort then creates it again.")
            .FirstOrDefault();

    /// <returns>The message of an object of these exposures that remains although its deletion was requested; null without one.</returns>
    /// <param name="observed">The objects before the deletion.</param>
    public static string? FindRemaining(IReadOnlySet<string> exposures, IReadOnlyDictionary<ObjectRef, JsonObject> observed) =>
        observed
            .Where(found => IsKept(found.Value) && exposures.Contains(ObjectPlan.Owner(found.Value)))
            .Select(found => Tell(found.Key, found.Value))
            .FirstOrDefault();
}
