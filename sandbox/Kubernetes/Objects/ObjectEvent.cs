using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>A change of an object.</summary>
internal sealed class ObjectEvent(long revision, ObjectKey key, StoredObject? before, StoredObject after, bool deleted)
{
    public long Revision => revision;

    public ObjectKey Key => key;

    /// <summary>Null for a new object.</summary>
    public JsonObject? Before => before?.Body;

    /// <summary>For a deletion, the last state with a new resourceVersion.</summary>
    public JsonObject Object => after.Body;

    public bool Deleted => deleted;

    public StoredObject? StoredBefore => before;

    public StoredObject Stored => after;

    /// <summary>The approximate number of bytes that only the history holds.</summary>
    public int Size => after.Utf8.Length;
}
