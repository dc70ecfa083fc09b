using System.Text.Json.Nodes;

namespace MeshPort.Kubernetes;

/// <summary>
/// Decides the writes to objects that MeshPort owns as a whole, pure:
/// <code>
/// desired | observed                          | change
/// --------+-----------------------------------+---------------------------------------------
/// yes     | no                                | Create
/// yes     | being deleted                     | none; the exposure waits until it is gone
/// yes     | has all that is desired           | none, whatever the API server has filled in
/// yes     | differs, or has unmanaged fields  | Update, guarded by the uid
/// no      | of a known exposure               | Delete, after all other changes
/// no      | of an unknown exposure            | none; another installation may own it
/// </code>
/// A field that nobody desires is removed where MeshPort has set it, and in Istio's objects whoever has set it: nothing else fills them in.
/// </summary>
internal static class ObjectPlan
{
    /// <summary>The lists of what MeshPort writes that are merged by key (<c>x-kubernetes-list-map-keys</c>).</summary>
    private static readonly (string Path, string[] Keys)[] Merged =
    [
        (".ports", ["port", "containerPort", "protocol"]),
        (".containers", ["name"]),
        (".listeners", ["name"]),
    ];

    /// <summary>The kinds that say where an exposure is heard.</summary>
    private static readonly ObjectKind[] Entrances =
    [
        ObjectKind.Gateway,
        ObjectKind.VirtualService,
        ObjectKind.TcpRoute,
        ObjectKind.TlsRoute,
    ];

    /// <param name="known">The names of all exposures.</param>
    public static IReadOnlyList<Change> Make(
        IReadOnlyList<DesiredObject> desired,
        IReadOnlyDictionary<ObjectRef, JsonObject> observed,
        IReadOnlySet<string> known
    )
    {
        var changes = new List<Change>();
        foreach (var wanted in desired)
        {
            if (!observed.TryGetValue(wanted.Target, out var found))
            {
                changes.Add(new Change(ChangeAction.Create, wanted.Target, "It does not exist.", wanted.Body, wanted.Exposure));
            }
            else if (!Terminating.IsOne(found) && FirstDifference(wanted.Target.Kind, wanted.Body, found) is { } difference)
            {
                changes.Add(
                    new Change(
                        ChangeAction.Update,
                        wanted.Target,
                        difference,
                        Guarded(wanted.Body, found),
                        wanted.Exposure,
                        UnmanagedFields: UnmanagedFields.Removal(
                            found,
                            UnexpectedFields(wanted.Target.Kind, wanted.Body, found).Where(leftover => !leftover.IsOurs)
                        )
                    )
                );
            }
        }

        var wantedTargets = desired.Select(wanted => wanted.Target).ToHashSet();
        changes.AddRange(
            observed
                .Where(found => !wantedTargets.Contains(found.Key) && known.Contains(Owner(found.Value)) && !Terminating.IsOne(found.Value))
                .Select(found => new Change(
                    ChangeAction.Delete,
                    found.Key,
                    "Its exposure does not ask for it any more.",
                    null,
                    null,
                    found.Value.Uid()
                ))
        );
        return changes;
    }

    /// <summary>
    /// What is written though something is in the way of the exposure: it is heard where it asks to be and nowhere else, since what it gives up may be another's by now. Where its
    /// connections go stays as it is.
    /// </summary>
    /// <returns>Null where that is so already, or where there is nothing yet.</returns>
    internal static Change? HeldUp(Change change, IReadOnlyDictionary<ObjectRef, JsonObject> observed)
    {
        if (change is not { Action: ChangeAction.Update, Body: { } body } || Array.IndexOf(Entrances, change.Target.Kind) < 0)
        {
            return null;
        }

        var found = observed[change.Target];
        var moved = (JsonObject)body.DeepClone();
        if (Way(moved) is var (place, field) && Way(found) is var (before, known))
        {
            place[field] = before[known]?.DeepClone();
        }

        return Difference(moved["spec"], found["spec"], "spec", change.Target.Kind.IsIstio) is { } why
            ? change with
            {
                Why = why,
                Body = moved,
                UnmanagedFields = null,
            }
            : null;
    }

    /// <summary>Where the object says where connections go; null where it does not.</summary>
    private static (JsonObject Place, string Field)? Way(JsonObject route) =>
        route["spec"] switch
        {
            JsonObject spec when (spec["tcp"] ?? spec["tls"])?[0] is JsonObject rule => (rule, "route"),
            JsonObject spec when spec.ContainsKey("rules") => (spec, "rules"),
            _ => null,
        };

    internal static string Owner(JsonObject found) => found.Label(DesiredObjects.ExposureLabel) ?? "";

    /// <summary>In what an object is other than it is desired, for people; null when it is not.</summary>
    internal static string? FirstDifference(ObjectKind kind, JsonObject desired, JsonObject found) =>
        Difference(desired["spec"], found["spec"], "spec", hasExactLists: kind.IsIstio)
        ?? Difference(desired["metadata"]?["labels"], found["metadata"]?["labels"], "labels")
        ?? UnexpectedFields(kind, desired, found)
            .Select(leftover => $"{leftover.Pointer} was set by {leftover.Manager} and is not asked for.")
            .FirstOrDefault();

    private static IEnumerable<UnmanagedField> UnexpectedFields(ObjectKind kind, JsonObject desired, JsonObject found) =>
        UnmanagedFields.Find(desired, found).Where(leftover => leftover.IsOurs || kind.IsIstio);

    /// <summary>Where the observed value lacks something of the desired one; null when it has all. Lists must be equally long, but for those that the API server merges by key: there, others may have items.</summary>
    /// <param name="hasExactLists">The items of lists may have nothing else either: Istio's lists are written as a whole, and the API server fills in nothing.</param>
    internal static string? Difference(JsonNode? desired, JsonNode? observed, string path, bool hasExactLists = false) =>
        (desired, observed) switch
        {
            (JsonObject wanted, JsonObject found) => wanted
                .Select(field => Difference(field.Value, found[field.Key], $"{path}.{field.Key}", hasExactLists))
                .FirstOrDefault(difference => difference is not null),
            (JsonArray wanted, JsonArray found)
                when !hasExactLists
                    && Merged.FirstOrDefault(list => path.EndsWith(list.Path, StringComparison.Ordinal)) is { Keys: { } keys } => wanted
                .Select(item =>
                    Difference(
                        item,
                        found.FirstOrDefault(other => keys.All(key => JsonNode.DeepEquals(item?[key], other?[key]))),
                        $"{path}[{string.Join('/', keys.Select(key => item?[key]).OfType<JsonNode>())}]"
                    )
                )
                .FirstOrDefault(difference => difference is not null),
            (JsonArray wanted, JsonArray found) when wanted.Count == found.Count => wanted
                .Zip(found)
                .Select(
                    (pair, index) =>
                        Difference(pair.First, pair.Second, $"{path}[{index}]", hasExactLists)
                        ?? (
                            hasExactLists && !JsonNode.DeepEquals(pair.First, pair.Second)
                                ? $"{path}[{index}] is {pair.Second?.ToJsonString()}, not {pair.First?.ToJsonString()}."
                                : null
                        )
                )
                .FirstOrDefault(difference => difference is not null),
            _ when JsonNode.DeepEquals(desired, observed) => null,
            _ => $"{path} is {observed?.ToJsonString() ?? "absent"}, not {desired?.ToJsonString() ?? "absent"}.",
        };

    /// <summary>An apply is an upsert; with the uid it is refused when the object was deleted or replaced meanwhile (measured).</summary>
    internal static JsonObject Guarded(JsonObject body, JsonObject found)
    {
        var guarded = (JsonObject)body.DeepClone();
        if (guarded["metadata"] is JsonObject metadata)
        {
            metadata["uid"] = found["metadata"]?["uid"]?.DeepClone();
        }

        return guarded;
    }
}
