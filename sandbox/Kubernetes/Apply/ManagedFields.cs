using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Apply;

/// <summary>The writer of a change and its kind of request.</summary>
/// <param name="Operation">Apply or Update.</param>
/// <param name="Subresource">Empty or <c>status</c>.</param>
internal readonly record struct FieldManager(string Name, string Operation, string ApiVersion, string Subresource)
{
    public bool IsApply => Operation == "Apply";

    /// <summary>An applier is the same in every version. An updater is a different one in each version.</summary>
    public bool SameAs(FieldManager other) =>
        Name == other.Name
        && Operation == other.Operation
        && Subresource == other.Subresource
        && (IsApply || ApiVersion == other.ApiVersion);

    /// <summary>The form used in conflict messages.</summary>
    public string Quoted => IsApply ? $"\"{Name}\"" : $"\"{Name}\" using {ApiVersion}";
}

internal sealed record ManagedEntry(FieldManager Manager, string Time, FieldSet Fields);

/// <summary><c>metadata.managedFields</c> and the rules for updating it.</summary>
internal sealed class ManagedFields(IReadOnlyList<ManagedEntry> entries)
{
    private static readonly string[] OwnedMetadata = ["f:annotations", "f:finalizers", "f:labels", "f:ownerReferences"];

    public bool IsEmpty => entries.Count == 0;

    public static ManagedFields Of(JsonObject? live) =>
        new([
            .. live.Items("metadata", "managedFields")
                .Where(entry => entry.At("fieldsV1") is JsonObject)
                .Select(entry => new ManagedEntry(
                    new FieldManager(
                        entry.Text("manager") ?? "",
                        entry.Text("operation") ?? "",
                        entry.Text("apiVersion") ?? "",
                        entry.Text("subresource") ?? ""
                    ),
                    entry.Text("time") ?? "",
                    FieldSet.FromJson((JsonObject)entry["fieldsV1"]!)
                )),
        ]); // filtered above

    /// <summary>A client gives up all ownership with an empty list or a list with one empty entry (kube-semantics e16).</summary>
    public static bool AreReset(JsonObject body) =>
        body.At("metadata", "managedFields") is JsonArray list && (list.Count == 0 || list is [JsonObject { Count: 0 }]);

    /// <summary>A create, update or patch. It never conflicts and takes ownership of changed fields (kube-semantics point 5).</summary>
    public ManagedFields Update(JsonObject? before, JsonObject after, ResourceType type, FieldManager manager, string time)
    {
        var compared = TypedValue.Compare(before ?? Blank(type), after, type.Schema);
        var changed = Owned(compared.Added.Union(compared.Modified), type, manager);
        var result = new List<ManagedEntry>();
        foreach (var entry in entries)
        {
            var mine = entry.Manager.SameAs(manager);
            var fields = entry.Fields.Except(compared.Removed);
            Keep(result, entry, mine ? fields.Union(changed) : fields.Except(changed), time);
        }

        if (!entries.Any(entry => entry.Manager.SameAs(manager)) && !changed.IsEmpty)
        {
            result.Add(new ManagedEntry(manager, time, changed));
        }

        return new ManagedFields(result);
    }

    /// <summary>A server-side apply. <paramref name="merged"/> omits fields that only this manager owned and no longer sets.</summary>
    /// <exception cref="KubeError">409 when another manager owns a changed field and <paramref name="force"/> is off.</exception>
    public ManagedFields Apply(
        JsonObject? live,
        JsonObject config,
        ResourceType type,
        FieldManager manager,
        bool force,
        string time,
        out JsonObject merged
    )
    {
        var last = entries.FirstOrDefault(entry => entry.Manager.SameAs(manager));
        var others = entries.Where(entry => !entry.Manager.SameAs(manager)).ToArray();
        var wanted = Owned(TypedValue.Fields(config, type.Schema), type, manager);
        merged = (JsonObject)TypedValue.Merge(live ?? [], config, type.Schema)!; // not null: config is an object
        if (last is not null)
        {
            var kept = others.Aggregate(wanted, (set, entry) => set.Union(entry.Fields));
            TypedValue.Without(merged, last.Fields.Unless(kept), kept, type.Schema);
        }

        var compared = TypedValue.Compare(live ?? [], merged, type.Schema);
        var touched = compared.Modified.Union(compared.Added);
        var conflicts = others
            .SelectMany(entry => entry.Fields.Intersect(touched).Paths().Select(path => (entry.Manager.Quoted, path)))
            .ToArray();
        if (conflicts.Length > 0 && !force)
        {
            throw KubeError.ApplyConflict(conflicts);
        }

        var result = new List<ManagedEntry>();
        if (!wanted.IsEmpty)
        {
            var same = last is not null && last.Fields.SameAs(wanted) && last.Manager == manager;
            result.Add(new ManagedEntry(manager, same ? last!.Time : time, wanted)); // same: last is not null
        }

        foreach (var entry in others)
        {
            Keep(result, entry, entry.Fields.Except(touched.Intersect(entry.Fields)).Except(compared.Removed), time);
        }

        return new ManagedFields(result);
    }

    /// <summary>Appliers first, then updaters, each by time: the server's order.</summary>
    public JsonArray ToJson() =>
        [
            .. entries
                .OrderBy(entry => entry.Manager.IsApply ? 0 : 1)
                .ThenBy(entry => entry.Time, StringComparer.Ordinal)
                .ThenBy(entry => entry.Manager.Name, StringComparer.Ordinal)
                .Select(entry =>
                {
                    var json = new JsonObject
                    {
                        ["manager"] = entry.Manager.Name,
                        ["operation"] = entry.Manager.Operation,
                        ["apiVersion"] = entry.Manager.ApiVersion,
                        ["time"] = entry.Time,
                        ["fieldsType"] = "FieldsV1",
                        ["fieldsV1"] = entry.Fields.ToJson(),
                    };
                    if (entry.Manager.Subresource.Length > 0)
                    {
                        json["subresource"] = entry.Manager.Subresource;
                    }

                    return (JsonNode)json;
                }),
        ];

    public static string Timestamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The owner of fields that were written before the first apply to an object.</summary>
    public ManagedFields Adopted(JsonObject live, ResourceType type)
    {
        var unknown = new FieldManager("before-first-apply", "Update", type.StoredApiVersion, "");
        return entries.Count > 0
            ? this
            : new([
                new ManagedEntry(
                    unknown,
                    live.Text("metadata", "creationTimestamp") ?? "",
                    Owned(TypedValue.Compare(new JsonObject(), live, type.Schema).Added, type, unknown)
                ),
            ]);
    }

    /// <summary>
    /// The base for comparison of a create. A built-in kind always has its spec struct; the spec of a custom resource is new.
    /// </summary>
    private static JsonObject Blank(ResourceType type) =>
        type.Custom
            ? new JsonObject { ["metadata"] = new JsonObject() }
            : new JsonObject { ["metadata"] = new JsonObject(), ["spec"] = new JsonObject() };

    private static void Keep(List<ManagedEntry> result, ManagedEntry entry, FieldSet fields, string time)
    {
        if (!fields.IsEmpty)
        {
            result.Add(
                fields.SameAs(entry.Fields) ? entry : entry with { Fields = fields, Time = entry.Manager.IsApply ? entry.Time : time }
            );
        }
    }

    /// <summary>Nobody owns identity and the server's metadata. Only writers of the status subresource own status.</summary>
    private static FieldSet Owned(FieldSet set, ResourceType type, FieldManager manager)
    {
        var result = new FieldSet();
        foreach (var (element, child) in set.Children)
        {
            var take = element switch
            {
                "f:apiVersion" or "f:kind" => null,
                "f:metadata" => manager.Subresource.Length > 0 ? null : Metadata(child),
                "f:status" when type.HasStatus => manager.Subresource == "status" ? child : null,
                _ => manager.Subresource == "status" ? null : child,
            };
            if (take is { IsEmpty: false })
            {
                result = result.Union(take.Under(element));
            }
        }

        return result;
    }

    private static FieldSet Metadata(FieldSet set) =>
        OwnedMetadata
            .Select(element => set.Find(element)?.Under(element))
            .OfType<FieldSet>()
            .Aggregate(new FieldSet(), (all, one) => all.Union(one));
}
