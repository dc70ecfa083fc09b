using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Admission;
using MeshPort.Sandbox.Kubernetes.Admission.Istio;
using MeshPort.Sandbox.Kubernetes.Admission.Policies;
using MeshPort.Sandbox.Kubernetes.Admission.Webhooks;
using MeshPort.Sandbox.Kubernetes.Apply;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>
/// The only way to change objects, for clients and controllers: defaults, ownership, validation, allocation, generation. A write without a
/// change is skipped (kube-semantics point 9). The writer owns the objects passed in.
/// </summary>
internal sealed partial class ObjectWriter(ObjectStore store, ObjectTimes times, Func<string, Guid> newGuid, AdmissionHooks hooks)
{
    private static readonly IEqualityComparer<JsonNode?> NodeEquality = EqualityComparer<JsonNode?>.Create(JsonNode.DeepEquals);
    private const int MostAttempts = 5;
    private const string SuffixLetters = "bcdfghjklmnpqrstvwxz2456789";

    public ObjectTimes Times => times;

    /// <exception cref="KubeError">The refusal of the write.</exception>
    public WriteResult Create(ResourceType type, JsonObject body, WriteOptions options) =>
        Write(
            options,
            () =>
            {
                var made = hooks.Any ? body.Copy() : body;
                if (made.Name().Length == 0 && made.Text("metadata", "generateName") is { } prefix)
                {
                    made.Child("metadata")["name"] = prefix + Suffix($"{type.QualifiedPlural}/{made.Namespace()}/{prefix}");
                }

                Resident(type, made.Namespace(), made.Name(), options);
                return store.Get(type, made.Namespace(), made.Name()) is null
                    ? Draft(type, null, made, options, "Update")
                    : throw KubeError.AlreadyExists(type, made.Name());
            }
        );

    /// <summary>Reads, changes and stores an object under the lock.</summary>
    /// <param name="change">Receives a copy to change or replace. It may run again.</param>
    public WriteResult Update(
        ResourceType type,
        string @namespace,
        string name,
        Func<JsonObject, JsonObject> change,
        WriteOptions options
    ) =>
        Write(
            options,
            () =>
            {
                var before = store.Get(type, @namespace, name) ?? throw KubeError.NotFound(type, name);
                var after = change(before.Copy());
                after = hooks.Any ? after.Copy() : after;
                Guard(type, before, after);
                return Draft(type, before, after, options, "Update");
            }
        );

    public WriteResult Apply(ResourceType type, string @namespace, string name, JsonObject config, WriteOptions options) =>
        Write(
            options,
            () =>
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

                return Draft(type, before, config, options, "Apply");
            }
        );

    /// <summary>Asks the policies and the admission webhooks about a deletion.</summary>
    /// <exception cref="KubeError">A refusal.</exception>
    public void AdmitDeletion(ResourceType type, JsonObject body, WriteOptions options)
    {
        ProtectedNamespaces.Check(store, type, body, options);
        hooks.Admit(AdmissionOperation.Delete, type, body, null, options);
    }

    /// <summary>
    /// Webhooks are called without the lock, since they may write to this cluster. A write whose object changed meanwhile starts again.
    /// </summary>
    private WriteResult Write(WriteOptions options, Func<ObjectDraft> prepare)
    {
        for (var attempt = 1; ; attempt++)
        {
            ObjectDraft draft;
            lock (store.WriteLock)
            {
                draft = prepare();
                if (!hooks.Concern(draft.Operation, draft.Type, draft.Before, draft.Body, options))
                {
                    return Commit(draft, options);
                }
            }

            draft = Mutated(draft, options);
            lock (store.WriteLock)
            {
                if (IsCurrent(draft, attempt))
                {
                    _ = Commit(draft with { Body = draft.Body.Copy() }, options with { DryRun = true }); // validates before webhooks do
                }
                else
                {
                    continue;
                }
            }

            hooks.Admit(draft.Operation, draft.Type, draft.Before, draft.Body, options);
            lock (store.WriteLock)
            {
                if (IsCurrent(draft, attempt))
                {
                    return Commit(draft, options);
                }
            }
        }
    }

    private ObjectDraft Mutated(ObjectDraft draft, WriteOptions options)
    {
        if (hooks.Mutate(draft.Operation, draft.Type, draft.Before, draft.Body, options) is not { } changed)
        {
            return draft;
        }

        draft = draft with { Body = changed };
        Complete(draft, options);
        return draft;
    }

    /// <exception cref="KubeError">409 when the object changed during several attempts.</exception>
    private bool IsCurrent(ObjectDraft draft, int attempt)
    {
        var live = store.Get(draft.Type, draft.Body.Namespace(), draft.Body.Name());
        return live.Text("metadata", "resourceVersion") == draft.Before.Text("metadata", "resourceVersion")
            || (attempt < MostAttempts ? false : throw KubeError.Stale(draft.Type, draft.Body.Name()));
    }

    private ObjectDraft Draft(ResourceType type, JsonObject? before, JsonObject input, WriteOptions options, string operation)
    {
        var now = times.Now;
        var manager = new FieldManager(options.Manager, operation, type.ApiVersion(options.Version), options.Subresource);
        var owners = ManagedFields.Of(before);
        var draft = new ObjectDraft(type, before, input, owners, manager, now);
        if (manager.IsApply)
        {
            owners = (before is null ? owners : owners.Adopted(before, type)).Apply(
                before,
                input,
                type,
                manager,
                options.Force,
                now,
                out var merged
            );
            draft = draft with { Body = merged, Owners = owners };
        }
        else if (ManagedFields.AreReset(input))
        {
            draft = draft with { Owners = new ManagedFields([]) };
        }
        else if (options.Subresource.Length == 0 && ManagedFields.Of(input) is { IsEmpty: false } edited)
        {
            draft = draft with { Owners = edited }; // a client may edit the ownership itself, as kubectl's csaupgrade does
        }

        Complete(draft, options);
        return draft;
    }

    private void Complete(ObjectDraft draft, WriteOptions options)
    {
        var schema = draft.Type.SchemaOf(options.Version);
        RestoreFixedFields(draft.Type, draft.Before, draft.Body, options, draft.Now);
        if (draft.Type == ResourceCatalog.CertificateRequest)
        {
            CertificateRequests.RestoreFixedFields(draft.Before, draft.Body, options, draft.Now);
        }

        DeploymentSafeguards.Mutate(store, draft.Type, draft.Body, options);
        Defaults.Apply(draft.Type, schema, draft.Body);
        Normalization.Apply(draft.Type, schema, draft.Body);
        StoreDefaults.Apply(store, draft.Type, draft.Before, draft.Body);
    }

    private WriteResult Commit(ObjectDraft planned, WriteOptions options)
    {
        var (type, before, draft) = (planned.Type, planned.Before, planned.Body);
        var owners = planned.Manager.IsApply ? planned.Owners : planned.Owners.Update(before, draft, type, planned.Manager, planned.Now);
        Validation.Check(type, type.SchemaOf(options.Version), before, draft);
        if (options is { Client: true, Subresource: "" })
        {
            IstioWebhook.CheckAnswers(store, type);
        }

        if (type == ResourceCatalog.Service)
        {
            Validation.CheckStatus(draft, options.Subresource);
            ServiceAdmission.Allocate(before, draft, store.List(type), store.IpFamilies, options.DryRun);
        }

        StorePolicies.Check(store, type, before, draft, options);
        var metadata = draft.Child("metadata");
        Generation(type, before, draft, metadata);
        if (owners.ToJson() is { Count: > 0 } entries)
        {
            metadata["managedFields"] = entries;
        }

        if (before is not null && Same(before, draft))
        {
            return new WriteResult(before, Created: false);
        }

        if (options.DryRun)
        {
            return new WriteResult(draft, before is null);
        }

        if (
            before is not null
            && IsTerminating(before)
            && type != ResourceCatalog.Namespace
            && !draft.Items("metadata", "finalizers").Any()
        )
        {
            Remove(type, before);
            return new WriteResult(draft, Created: false);
        }

        if (before is null && (type == ResourceCatalog.Pod || type == ResourceCatalog.Service))
        {
            times.Begin(draft); // controllers count from now
        }

        return new WriteResult(store.Put(type, draft), before is null);
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
        metadata["generation"] = before is not null && Wanted(before).SequenceEqual(Wanted(draft), NodeEquality) ? known : known + 1;

        // Kinds without a spec count changes of all other fields.
        static IEnumerable<JsonNode?> Wanted(JsonObject body) =>
            body.ContainsKey("spec")
                ? [body["spec"]]
                : body.Where(pair => pair.Key is not ("metadata" or "status")).OrderBy(pair => pair.Key).Select(pair => pair.Value);
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
