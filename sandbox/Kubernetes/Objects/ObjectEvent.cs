using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>What happened to an object.</summary>
internal sealed class ObjectEvent(long revision, ObjectKey key, StoredObject? before, StoredObject after, bool deleted)
{
    public long Revision => revision;

    public ObjectKey Key => key;

    /// <summary>Null for an object that is new.</summary>
    public JsonObject? Before => before?.Body;

    /// <summary>Of a deletion the last state with a new resourceVersion.</summary>
    public JsonObject Object => after.Body;

    public bool Deleted => deleted;

    public StoredObject? StoredBefore => before;

    public StoredObject Stored => after;

    /// <summary>Bytes that only the history holds on to, by and large.</summary>
    public int Size => after.Utf8.Length;
}
