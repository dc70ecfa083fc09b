using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// Collects objects that were written with an owner that does not exist, for example by a controller while the owner was deleted
/// (https://kubernetes.io/docs/concepts/architecture/garbage-collection/). The deletion of an owner itself takes its dependents along at
/// once (<see cref="ObjectWriter"/>).
/// </summary>
internal sealed class GarbageCollector : IController
{
    private readonly ObjectStore _store;
    private readonly ObjectWriter _writer;

    /// <summary>Objects with owners that were written since the last look.</summary>
    private readonly ConcurrentQueue<ObjectKey> _written = new();

    public GarbageCollector(ObjectStore store, ObjectWriter writer)
    {
        (_store, _writer) = (store, writer);
        foreach (var (type, body) in store.Mentioning("ownerReferences", @namespace: null))
        {
            _written.Enqueue(new ObjectKey(type, body.Namespace(), body.Name()));
        }

        store.Changed += change =>
        {
            if (!change.Deleted && change.Stored.Utf8.AsSpan().IndexOf("ownerReferences"u8) >= 0)
            {
                _written.Enqueue(change.Key);
            }
        };
    }

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        while (_written.TryDequeue(out var key))
        {
            lock (_store.WriteLock)
            {
                if (_store.Get(key.Type, key.Namespace, key.Name) is { } body)
                {
                    Collect(key.Type, body);
                }
            }
        }

        return null;
    }

    private void Collect(ResourceType type, JsonObject body)
    {
        var absent = Dependents.AbsentOwners(_store, body);
        if (absent.Count == 0 || body.Text("metadata", "deletionTimestamp") is not null)
        {
            return;
        }

        if (absent.Count == body.Items("metadata", "ownerReferences").Count())
        {
            _writer.Delete(type, body.Namespace(), body.Name());
            return;
        }

        foreach (var owner in absent)
        {
            _writer.Disown(type, body, owner);
        }
    }
}
