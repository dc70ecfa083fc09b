using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>The handling of an object's dependents when it is deleted.</summary>
internal enum Propagation
{
    Background,
    Foreground,
    Orphan,
}

/// <summary>Ownership by <c>metadata.ownerReferences</c> (https://kubernetes.io/docs/concepts/architecture/garbage-collection/).</summary>
internal static class Dependents
{
    /// <summary>The field manager of garbage collection.</summary>
    public const string Collector = "kube-controller-manager";

    /// <summary>The finalizer of an owner that waits for its dependents.</summary>
    public const string Foreground = "foregroundDeletion";

    /// <summary>Dependents in the owner's namespace; for a cluster-scoped owner, in any namespace.</summary>
    public static IReadOnlyList<(ResourceType Type, JsonObject Body)> Of(ObjectStore store, JsonObject owner) =>
        [
            .. store
                .Mentioning(owner.Uid(), owner.Namespace() is { Length: > 0 } home ? home : null)
                .Where(found => References(found.Body).Any(reference => reference.Text("uid") == owner.Uid())),
        ];

    public static bool Blocks(JsonObject dependent, JsonObject owner) =>
        References(dependent).Any(reference => reference.Text("uid") == owner.Uid() && reference.Flag("blockOwnerDeletion") == true);

    /// <summary>
    /// Whether a dependent is in foreground deletion and so waits for this object. Waiting for that dependent as well would never end.
    /// </summary>
    public static bool IsAwaited(ObjectStore store, JsonObject body) => Of(store, body).Any(dependent => IsForeground(dependent.Body));

    public static bool HasOtherOwner(ObjectStore store, JsonObject dependent, JsonObject gone) =>
        Owners(store, dependent).Any(owner => owner.Body.Uid() != gone.Uid());

    /// <summary>The owners that still exist.</summary>
    public static IEnumerable<(ResourceType Type, JsonObject Body)> Owners(ObjectStore store, JsonObject dependent)
    {
        foreach (var reference in References(dependent))
        {
            if (Kind(reference) is { } type && Owner(store, dependent, type, reference) is { } owner)
            {
                yield return (type, owner);
            }
        }
    }

    /// <returns>The uids of owners of a known kind that do not exist.</returns>
    public static IReadOnlyList<string> AbsentOwners(ObjectStore store, JsonObject dependent) =>
        [
            .. References(dependent)
                .Where(reference => Kind(reference) is { } type && Owner(store, dependent, type, reference) is null)
                .Select(reference => reference.Text("uid") ?? ""),
        ];

    /// <summary>Whether an owner in foreground deletion has no blocking dependent left.</summary>
    public static bool IsDone(ObjectStore store, JsonObject owner) =>
        IsForeground(owner) && !Of(store, owner).Any(dependent => Blocks(dependent.Body, owner));

    private static ResourceType? Kind(JsonNode reference)
    {
        var group = reference.Text("apiVersion")?.Split('/') is [var named, _] ? named : "";
        return ResourceCatalog.All.FirstOrDefault(type => type.Group == group && type.Kind == reference.Text("kind"));
    }

    private static JsonObject? Owner(ObjectStore store, JsonObject dependent, ResourceType type, JsonNode reference) =>
        store.Get(type, type.Namespaced ? dependent.Namespace() : "", reference.Text("name") ?? "") is { } owner
        && owner.Uid() == reference.Text("uid")
            ? owner
            : null;

    private static bool IsForeground(JsonObject body) =>
        body.Items("metadata", "finalizers").Any(finalizer => finalizer.ToString() == Foreground);

    private static IEnumerable<JsonNode> References(JsonObject body) => body.Items("metadata", "ownerReferences");
}
