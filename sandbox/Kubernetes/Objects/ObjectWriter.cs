using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Admission;
using MeshPort.Sandbox.Kubernetes.Apply;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>Options of a write.</summary>
/// <param name="Version">The API version of the request.</param>
/// <param name="Subresource">Empty or <c>status</c>.</param>
/// <param name="Client">
/// The write comes from a client. In a namespace that is being deleted, clients are refused some writes that controllers may do.
/// </param>
internal sealed record WriteOptions(
    string Version,
    string Manager,
    string Subresource = "",
    bool DryRun = false,
    bool Force = false,
    bool Client = false
);

internal sealed record WriteResult(JsonObject Object, bool Created);

/// <summary>
/// The only way to change objects, for clients and controllers: defaults, ownership, validation, allocation, generation. A write without a
/// change is skipped (kube-semantics point 9). The writer owns the objects passed in.
/// </summary>
internal sealed class ObjectWriter(ObjectStore store, TimeProvider clock, Func<string, Guid> newGuid)
{
    private const string SuffixLetters = "bcdfghjklmnpqrstvwxz2456789";

    public WriteResult Create(ResourceType type, JsonObject body, WriteOptions options)
    {
        lock (store.WriteLock)
        {
            if (body.Name().Length == 0 && body.Text("metadata", "generateName") is { } prefix)
            {
                body.Child("metadata")["name"] = prefix + Suffix($"{type.QualifiedPlural}/{body.Namespace()}/{prefix}");
            }

            Resident(type, body.Namespace(), body.Name(), options);
            if (type == ResourceCatalog.Pod)
            {
                PodSecurity.Check(store.Get(ResourceCatalog.Namespace, "", body.Namespace()), body);
            }

            return store.Get(type, body.Namespace(), body.Name()) is null
                ? new WriteResult(Commit(type, null, body, options, "Update"), Created: true)
                : throw KubeError.AlreadyExists(type, body.Name());
        }
    }

    /// <summary>Reads, changes and stores an object under the lock.</summary>
    /// <param name="change">Receives a copy to change or replace.</param>
    public WriteResult Update(ResourceType type, string @namespace, string name, Func<JsonObject, JsonObject> change, WriteOptions options)
    {
        lock (store.WriteLock)
        {
            var before = store.Get(type, @namespace, name) ?? throw KubeError.NotFound(type, name);
            var after = change(before.Copy());
            Guard(type, before, after);
            return new WriteResult(Commit(type, before, after, options, "Update"), Created: false);
        }
    }

    public WriteResult Apply(ResourceType type, string @namespace, string name, JsonObject config, WriteOptions options)
    {
        lock (store.WriteLock)
        {
            var before = store.Get(type, @namespace, name);
            if (before is null)
            {
                Resident(type, @namespace, name, options);
            }

            var uid = config.Text("metadata", "uid");
            if (before is null && uid is not null)
            {
                throw KubeError.Modified(
                    type,
                    name,
                    $"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
                );
            }

            if (before is not null)
            {
                Guard(type, before, config);
            }

            var metadata = config.Child("metadata");
            metadata["name"] = name;
            if (type.Namespaced)
            {
                metadata["namespace"] = @namespace;
            }

            return new WriteResult(Commit(type, before, config, options, "Apply"), before is null);
        }
    }

    /// <summary>
    /// Deletes an object. An object with finalizers is only marked; it is deleted with its last finalizer. A namespace is deleted with its
    /// content, an owner with its dependents (<paramref name="propagation"/>).
    /// </summary>
    /// <returns>The last state. Null when the object did not exist.</returns>
    public JsonObject? Delete(ResourceType type, string @namespace, string name, Propagation propagation = Propagation.Background)
    {
        lock (store.WriteLock)
        {
            if (store.Get(type, @namespace, name) is not { } body)
            {
                return null;
            }

            if (type == ResourceCatalog.Namespace)
            {
                foreach (var item in Contents(name).ToArray())
                {
                    Take(item.Type, item.Body, alone: true);
                }

                return Contents(name).Any() ? Mark(type, body) : store.Delete(type, "", name);
            }

            switch (propagation)
            {
                case Propagation.Orphan:
                    foreach (var dependent in Dependents.Of(store, body))
                    {
                        Disown(dependent.Type, dependent.Body, body.Uid());
                    }

                    break;
                case Propagation.Foreground when !IsTerminating(body) && Dependents.Of(store, body) is { Count: > 0 } dependents:
                    var marked = Mark(
                        type,
                        body,
                        dependents.Any(dependent => Dependents.Blocks(dependent.Body, body)) ? Dependents.Foreground : null
                    );
                    foreach (var dependent in dependents)
                    {
                        if (Dependents.IsAwaited(store, dependent.Body))
                        {
                            Unblock(dependent.Type, dependent.Body);
                        }

                        Delete(dependent.Type, dependent.Body.Namespace(), dependent.Body.Name(), propagation);
                    }

                    if (store.Get(type, @namespace, name) is { } owner && Dependents.IsDone(store, owner))
                    {
                        Release(type, owner);
                    }

                    return store.Get(type, @namespace, name) is { } waiting && !waiting.Items("metadata", "finalizers").Any()
                        ? Remove(type, waiting)
                        : marked;
            }

            return Take(type, body);
        }
    }

    /// <param name="alone">Leaves the dependents to the caller.</param>
    private JsonObject? Take(ResourceType type, JsonObject body, bool alone = false) =>
        body.Items("metadata", "finalizers").Any() ? Mark(type, body) : Remove(type, body, alone);

    private JsonObject Mark(ResourceType type, JsonObject body, string? finalizer = null)
    {
        if (IsTerminating(body))
        {
            return body;
        }

        var marked = body.Copy();
        var metadata = marked.Child("metadata");
        metadata["deletionTimestamp"] = ManagedFields.Timestamp(clock.GetUtcNow());
        metadata["deletionGracePeriodSeconds"] = 0;
        if (finalizer is not null)
        {
            metadata["finalizers"] = new JsonArray([.. marked.Items("metadata", "finalizers").Select(item => item.DeepClone()), finalizer]);
        }

        if (type == ResourceCatalog.Namespace)
        {
            marked.Child("status")["phase"] = "Terminating";
        }

        return store.Put(type, marked);
    }

    /// <summary>
    /// Removes an object. The last object of a namespace in deletion removes the namespace, the last dependent its waiting owner. Objects
    /// without a remaining owner are removed as well.
    /// </summary>
    private JsonObject? Remove(ResourceType type, JsonObject body, bool alone = false)
    {
        var last = store.Delete(type, body.Namespace(), body.Name());
        if (!alone)
        {
            foreach (var dependent in Dependents.Of(store, body))
            {
                if (Dependents.HasOtherOwner(store, dependent.Body, body))
                {
                    Disown(dependent.Type, dependent.Body, body.Uid());
                }
                else
                {
                    Delete(dependent.Type, dependent.Body.Namespace(), dependent.Body.Name());
                }
            }
        }

        foreach (var (ownerType, owner) in Dependents.Owners(store, body).Where(found => Dependents.IsDone(store, found.Body)).ToArray())
        {
            Release(ownerType, owner);
        }

        if (
            type.Namespaced
            && store.Get(ResourceCatalog.Namespace, "", body.Namespace()) is { } home
            && IsTerminating(home)
            && !Contents(home.Name()).Any()
        )
        {
            store.Delete(ResourceCatalog.Namespace, "", home.Name());
        }

        return last;
    }

    /// <summary>Ends an owner's wait for its dependents.</summary>
    private void Release(ResourceType type, JsonObject owner) =>
        Amend(
            type,
            owner,
            metadata =>
                metadata["finalizers"] = new JsonArray([
                    .. metadata
                        .Items("finalizers")
                        .Where(item => item.ToString() != Dependents.Foreground)
                        .Select(item => item.DeepClone()),
                ])
        );

    /// <summary>Breaks a cycle of owners, as the garbage collector does: no owner waits for this dependent.</summary>
    private void Unblock(ResourceType type, JsonObject dependent) =>
        Amend(
            type,
            dependent,
            metadata =>
            {
                foreach (var reference in metadata.Items("ownerReferences").OfType<JsonObject>())
                {
                    reference["blockOwnerDeletion"] = false;
                }
            }
        );

    private void Disown(ResourceType type, JsonObject dependent, string owner) =>
        Amend(
            type,
            dependent,
            metadata =>
            {
                var others = metadata
                    .Items("ownerReferences")
                    .Where(reference => reference.Text("uid") != owner)
                    .Select(reference => reference.DeepClone())
                    .ToArray();
                Restore(metadata, "ownerReferences", others.Length > 0 ? new JsonArray(others) : null);
            }
        );

    private void Amend(ResourceType type, JsonObject body, Action<JsonObject> change) =>
        Update(
            type,
            body.Namespace(),
            body.Name(),
            live =>
            {
                change(live.Child("metadata"));
                return live;
            },
            new WriteOptions(type.Versions[0], Dependents.Collector)
        );

    private IEnumerable<(ResourceType Type, JsonObject Body)> Contents(string @namespace) =>
        ResourceCatalog.All.Where(type => type.Namespaced).SelectMany(type => store.List(type, @namespace).Select(body => (type, body)));

    private static bool IsTerminating(JsonObject body) => body.Text("metadata", "deletionTimestamp") is not null;

    private JsonObject Commit(ResourceType type, JsonObject? before, JsonObject input, WriteOptions options, string operation)
    {
        var now = ManagedFields.Timestamp(clock.GetUtcNow());
        var manager = new FieldManager(options.Manager, operation, type.ApiVersion(options.Version), options.Subresource);
        var owners = ManagedFields.Of(before);
        var schema = type.SchemaOf(options.Version);
        JsonObject draft;
        if (manager.IsApply)
        {
            owners = (before is null ? owners : owners.Adopted(before, type)).Apply(
                before,
                input,
                type,
                manager,
                options.Force,
                now,
                out draft
            );
            RestoreFixedFields(type, before, draft, options, now);
            Defaults.Apply(type, schema, draft);
            Normalization.Apply(type, schema, draft);
        }
        else
        {
            draft = input;
            if (ManagedFields.AreReset(draft))
            {
                owners = new ManagedFields([]);
            }

            RestoreFixedFields(type, before, draft, options, now);
            Defaults.Apply(type, schema, draft);
            Normalization.Apply(type, schema, draft);
            owners = owners.Update(before, draft, type, manager, now);
        }

        Validation.Check(type, schema, before, draft);
        if (type == ResourceCatalog.Service)
        {
            Validation.CheckStatus(draft, options.Subresource);
            ServiceAdmission.Allocate(before, draft, store.List(type), options.DryRun);
        }

        var metadata = draft.Child("metadata");
        Generation(type, before, draft, metadata);
        if (owners.ToJson() is { Count: > 0 } entries)
        {
            metadata["managedFields"] = entries;
        }

        if (before is not null && Same(before, draft))
        {
            return before;
        }

        if (options.DryRun)
        {
            return draft;
        }

        if (
            before is not null
            && IsTerminating(before)
            && type != ResourceCatalog.Namespace
            && !draft.Items("metadata", "finalizers").Any()
        )
        {
            Remove(type, before);
            return draft;
        }

        return store.Put(type, draft);
    }

    /// <summary>
    /// Restores the fields that the writer may not set: identity, server metadata, and either status or everything except status.
    /// </summary>
    private void RestoreFixedFields(ResourceType type, JsonObject? before, JsonObject draft, WriteOptions options, string now)
    {
        var metadata = draft.Child("metadata");
        draft["apiVersion"] = type.StoredApiVersion;
        draft["kind"] = type.Kind;
        metadata.Remove("managedFields");
        metadata.Remove("selfLink");
        metadata["uid"] = before?.Uid() ?? newGuid($"{type.QualifiedPlural}/{draft.Namespace()}/{draft.Name()}").ToString();
        metadata["creationTimestamp"] = before.Text("metadata", "creationTimestamp") ?? now;
        Restore(metadata, "resourceVersion", before?["metadata"]?["resourceVersion"]);
        Restore(metadata, "deletionTimestamp", before?["metadata"]?["deletionTimestamp"]);
        Restore(metadata, "deletionGracePeriodSeconds", before?["metadata"]?["deletionGracePeriodSeconds"]);
        Restore(metadata, "generation", before?["metadata"]?["generation"]);
        if (before is null || options.Subresource.Length == 0)
        {
            if (type.HasStatus)
            {
                Restore(draft, "status", before?["status"]);
            }

            return;
        }

        var status = draft["status"]?.DeepClone();
        foreach (var (name, _) in draft.Where(pair => pair.Key is not ("apiVersion" or "kind")).ToArray())
        {
            draft.Remove(name);
        }

        foreach (var (name, value) in before)
        {
            draft[name] = name == "status" ? status : value?.DeepClone();
        }

        Restore(draft, "status", status);
        draft.Child("metadata").Remove("managedFields");
    }

    private static void Restore(JsonObject parent, string name, JsonNode? value)
    {
        if (value is null)
        {
            parent.Remove(name);
        }
        else
        {
            parent[name] = value.DeepClone();
        }
    }

    private static void Generation(ResourceType type, JsonObject? before, JsonObject draft, JsonObject metadata)
    {
        if (!type.HasGeneration)
        {
            return;
        }

        var known = before.Number("metadata", "generation") ?? 0;
        metadata["generation"] = before is null || !JsonNode.DeepEquals(before["spec"], draft["spec"]) ? known + 1 : known;
    }

    /// <summary>Equal except for the times of ownership.</summary>
    private static bool Same(JsonObject before, JsonObject after) =>
        before.Count == after.Count
        && before.All(pair =>
            after.TryGetPropertyValue(pair.Key, out var other)
            && (
                pair.Key == "metadata"
                    ? SameMetadata(pair.Value as JsonObject ?? [], other as JsonObject ?? [])
                    : JsonNode.DeepEquals(pair.Value, other)
            )
        );

    private static bool SameMetadata(JsonObject before, JsonObject after) =>
        before.Count == after.Count
        && before.All(pair =>
            after.TryGetPropertyValue(pair.Key, out var other)
            && (
                pair.Key == "managedFields"
                    ? SameOwners(pair.Value as JsonArray ?? [], other as JsonArray ?? [])
                    : JsonNode.DeepEquals(pair.Value, other)
            )
        );

    private static bool SameOwners(JsonArray before, JsonArray after) =>
        before.Count == after.Count
        && before
            .Zip(after)
            .All(pair =>
                pair.First is JsonObject left
                && pair.Second is JsonObject right
                && left.Count == right.Count
                && left.All(entry => entry.Key == "time" || JsonNode.DeepEquals(entry.Value, right[entry.Key]))
            );

    private static void Guard(ResourceType type, JsonObject before, JsonObject body)
    {
        if (body.Text("metadata", "uid") is { Length: > 0 } uid && uid != before.Uid())
        {
            throw KubeError.Invalid(
                type,
                before.Name(),
                [
                    Cause.Invalid("metadata.uid", $"\"{uid}\"", "field is immutable"),
                    Cause.Invalid("metadata.uid", $"\"{uid}\"", "field is immutable"),
                ]
            );
        }

        if (body.Text("metadata", "resourceVersion") is { Length: > 0 } version && version != before.Text("metadata", "resourceVersion"))
        {
            throw KubeError.Stale(type, before.Name());
        }
    }

    private void Resident(ResourceType type, string @namespace, string name, WriteOptions options)
    {
        if (!type.Namespaced)
        {
            return;
        }

        var home = store.Get(ResourceCatalog.Namespace, "", @namespace) ?? throw KubeError.NotFound(ResourceCatalog.Namespace, @namespace);
        if (options.Client && IsTerminating(home))
        {
            throw KubeError.Terminating(type, name, @namespace);
        }
    }

    private string Suffix(string purpose) =>
        string.Concat(newGuid(purpose).ToByteArray().Take(5).Select(draw => SuffixLetters[draw % SuffixLetters.Length]));
}
