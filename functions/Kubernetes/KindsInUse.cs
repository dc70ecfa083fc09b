using MeshPort.Model;

namespace MeshPort.Kubernetes;

/// <summary>
/// The kinds of which a cluster has objects of MeshPort's, pure. Every list costs a request, so only these kinds are read. The cluster's
/// status has a mark for each of them before the first object is made, and until the last one is seen to be gone.
/// </summary>
internal static class KindsInUse
{
    public static string Mark(ObjectKind kind) => $"objects|{kind.Group}|{kind.Plural}";

    /// <returns>The kinds of a family that are in use, and those that are desired now.</returns>
    public static IReadOnlyList<ObjectKind> Of(
        ResourceStatus status,
        IEnumerable<ObjectKind> family,
        IReadOnlyCollection<DesiredObject> desired
    ) => [.. family.Where(kind => status.Made.Contains(Mark(kind)) || desired.Any(one => one.Target.Kind == kind))];

    /// <summary>Marks the kinds that are desired.</summary>
    public static ResourceStatus Add(ResourceStatus status, IEnumerable<DesiredObject> desired) =>
        desired.Select(one => one.Target.Kind).Distinct().Aggregate(status, (next, kind) => next.Making(Mark(kind)));

    /// <summary>Takes the marks of kinds of which nothing is left.</summary>
    /// <param name="objects">The objects before this pass.</param>
    public static ResourceStatus Remove(
        ResourceStatus status,
        IEnumerable<ObjectKind> family,
        ClusterObjects objects,
        IReadOnlyCollection<DesiredObject> desired
    ) =>
        family
            .Where(kind => objects.Ours.Keys.All(target => target.Kind != kind) && desired.All(one => one.Target.Kind != kind))
            .Aggregate(status, (next, kind) => next.Unmaking(Mark(kind)));
}
