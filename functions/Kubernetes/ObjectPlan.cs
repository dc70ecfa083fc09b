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
/// MeshPort removes an undesired field that it has set itself. In Istio's objects and in routes of the Gateway API it removes every
/// undesired field, since no controller adds any.
/// </summary>
internal static class ObjectPlan
{
    /// <summary>The lists in MeshPort's objects that the API server merges by key (<c>x-kubernetes-list-map-keys</c>).</summary>
    private static readonly (string Path, string[] Keys)[] Merged =
    [
        (".ports", ["port", "containerPort", "protocol"]),
        (".containers", ["name"]),
        (".env", ["name"]),
        (".imagePullSecrets", ["name"]),
        (".listeners", ["name"]),
        (".volumes", ["name"]),
        (".volumeMounts", ["mountPath"]),
    ];

    /// <summary>Of a server of a Gateway: the Secret with its certificate.</summary>
    private const string Credential = "credentialName";

    /// <summary>The maps that the API server replaces as a whole (<c>x-kubernetes-map-type: atomic</c>).</summary>
    private static readonly string[] Atomic = [".nodeSelector"];

    /// <summary>The fields that the API server omits when they are empty or zero.</summary>
    private static readonly string[] OmittedWhenZero = [".value", ".initialDelaySeconds"];

    /// <summary>Characters of a value in the reason for a change. An exposure with many ports has long lists.</summary>
    private const int LongestTold = 400;

    /// <summary>The kinds that decide where an exposure listens.</summary>
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
                changes.Add(
                    new Change(ChangeAction.Create, wanted.Target, "It does not exist.", wanted.Body, wanted.Exposure)
                    {
                        Sharers = wanted.Sharers,
                    }
                );
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
                    {
                        Sharers = wanted.Sharers,
                    }
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
                    "Its exposure no longer needs it.",
                    null,
                    Owner(found.Value),
                    found.Value.Uid()
                ))
        );
        return changes;
    }

    /// <summary>
    /// The update of an exposure with an obstacle. It listens where its spec says and nowhere else, since another exposure may have taken
    /// over its old port. Its backends stay as they are, and so does the certificate of its gateway, since the next one may not be there.
    /// Where only the end of TLS would change, all stays as it is: clients of the old one are served.
    /// </summary>
    /// <returns>Null when the object is so already, or does not exist.</returns>
    internal static Change? HeldUp(Change change, IReadOnlyDictionary<ObjectRef, JsonObject> observed)
    {
        if (change is not { Action: ChangeAction.Update, Body: { } body } || Array.IndexOf(Entrances, change.Target.Kind) < 0)
        {
            return null;
        }

        var found = observed[change.Target];
        if (EndOfTls(body) != EndOfTls(found) && Places(body) == Places(found))
        {
            return null;
        }

        var moved = (JsonObject)body.DeepClone();
        foreach (var (place, field, port) in BackendFields(moved))
        {
            // With a single port, its backends move with it.
            var known = BackendFields(found).ToList();
            if (
                (known is [var only] && BackendFields(moved).Count() == 1 ? only : known.Find(one => one.Port == port)) is
                { Place: { } before }
            )
            {
                place[field] = before[field]?.DeepClone();
            }
        }

        if (Tls(found).FirstOrDefault()?[Credential] is { } certificate)
        {
            foreach (var tls in Tls(moved).Where(tls => tls.ContainsKey(Credential)))
            {
                tls[Credential] = certificate.DeepClone();
            }
        }

        return Difference(moved["spec"], found["spec"], "spec", change.Target.Kind.IsExact) is { } why
            ? change with
            {
                Why = why,
                Body = moved,
                UnmanagedFields = null,
            }
            : null;
    }

    /// <summary>The settings by which TLS ends: protocols and modes of a Gateway, the kind of rules of a VirtualService.</summary>
    private static string EndOfTls(JsonObject entrance) =>
        entrance["spec"]?["servers"] is JsonArray servers
            ? string.Join(' ', servers.Select(server => $"{server?["port"]?["protocol"]}/{server?["tls"]?["mode"]}"))
            : $"{entrance["spec"]?["tls"] is not null}";

    /// <summary>The ports and hosts where an exposure listens.</summary>
    private static string Places(JsonObject entrance) =>
        entrance["spec"]?["servers"] is JsonArray servers
            ? string.Join(' ', servers.Select(server => $"{server?["port"]?["number"]}/{server?["hosts"]?.ToJsonString()}"))
            : string.Join(' ', BackendFields(entrance).Select(rule => $"{rule.Port}/{entrance["spec"]?["hosts"]?.ToJsonString()}"));

    /// <summary>The TLS settings of the servers of a Gateway; none of other objects.</summary>
    private static IEnumerable<JsonObject> Tls(JsonObject gateway) =>
        (gateway["spec"]?["servers"] as JsonArray ?? []).Select(server => server?["tls"]).OfType<JsonObject>();

    /// <summary>The rules that hold the backends, with the name of their field and their port; none in other objects.</summary>
    private static IEnumerable<(JsonObject Place, string Field, string? Port)> BackendFields(JsonObject route) =>
        route["spec"] switch
        {
            JsonObject spec when (spec["tcp"] ?? spec["tls"]) is JsonArray rules => rules
                .OfType<JsonObject>()
                .Select(rule => (rule, "route", rule["match"]?[0]?["port"]?.ToJsonString())),
            JsonObject spec when spec.ContainsKey("rules") => [(spec, "rules", null)],
            _ => [],
        };

    internal static string Owner(JsonObject found) => DesiredObjects.Owner(found);

    /// <summary>The first difference between an object and the desired one, for people; null without one.</summary>
    internal static string? FirstDifference(ObjectKind kind, JsonObject desired, JsonObject found) =>
        Difference(desired["spec"], found["spec"], "spec", hasExactLists: kind.IsExact)
        ?? Difference(desired.Labels(), found.Labels(), "labels")
        ?? UnexpectedFields(kind, desired, found)
            .Select(leftover => $"{leftover.Pointer} was set by {leftover.Manager} and is not desired.")
            .FirstOrDefault();

    private static IEnumerable<UnmanagedField> UnexpectedFields(ObjectKind kind, JsonObject desired, JsonObject found) =>
        UnmanagedFields.Find(desired, found).Where(leftover => leftover.IsOurs || kind.IsExact);

    /// <summary>
    /// The first part of the desired value that the observed value lacks; null without one. Lists must have the same length. Lists that
    /// the API server merges by key may have more items.
    /// </summary>
    /// <param name="hasExactLists">
    /// Whether list items may have no other fields (<see cref="ObjectKind.IsExact"/>). The lists are written as a whole, and the API server
    /// adds nothing.
    /// </param>
    internal static string? Difference(JsonNode? desired, JsonNode? observed, string path, bool hasExactLists = false) =>
        (desired, observed) switch
        {
            (JsonObject wanted, JsonObject found)
                when !(Atomic.Any(field => path.EndsWith(field, StringComparison.Ordinal)) && wanted.Count != found.Count) => wanted
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
                                ? $"{path}[{index}] is {Tell(pair.Second)}, not {Tell(pair.First)}."
                                : null
                        )
                )
                .FirstOrDefault(difference => difference is not null),
            _ when JsonNode.DeepEquals(desired, observed) => null,
            (JsonValue wanted, null) when IsZero(wanted) && OmittedWhenZero.Any(field => path.EndsWith(field, StringComparison.Ordinal)) =>
                null,
            _ => $"{path} is {Tell(observed)}, not {Tell(desired)}.",
        };

    /// <summary>The value, or the beginning of a long one: the history keeps the text.</summary>
    private static string Tell(JsonNode? value) =>
        value?.ToJsonString() switch
        {
            null => "absent",
            { Length: > LongestTold } text => $"{text[..LongestTold]}...",
            var text => text,
        };

    private static bool IsZero(JsonValue value) => $"{value}" is "" or "0";

    /// <summary>
    /// Adds the uid. An apply is an upsert; with the uid the API server refuses it when the object was deleted or replaced (measured).
    /// </summary>
    internal static JsonObject Guarded(JsonObject body, JsonObject found)
    {
        var guarded = (JsonObject)body.DeepClone();
        if (guarded["metadata"] is JsonObject metadata)
        {
            metadata["uid"] = found.Uid();
        }

        return guarded;
    }
}
