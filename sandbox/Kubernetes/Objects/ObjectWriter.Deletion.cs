using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>Deletion: finalizers, dependents, and namespaces with their content.</summary>
internal sealed partial class ObjectWriter
{
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
        metadata["deletionTimestamp"] = times.Now;
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
        times.Forget(body);
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

    /// <summary>Removes the reference to an owner that a dependent outlives.</summary>
    public void Disown(ResourceType type, JsonObject dependent, string owner) =>
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
}
