using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Storage;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>
/// The latest changes of one cluster, for resumed watches and lists of an earlier revision. Limited in bytes: older changes are compacted,
/// as in etcd, and a request for them gets a 410. The world's file keeps the history, so that a watch continues after a restart. Not
/// thread-safe: the store's lock guards it.
/// </summary>
internal sealed class ObjectHistory(WorldStore world, string table)
{
    private const int Bytes = 1024 * 1024;
    private const int LeastEvents = 256;
    private readonly LinkedList<ObjectEvent> _events = [];
    private long _size;

    /// <summary>The newest compacted revision.</summary>
    public long Compacted { get; private set; }

    /// <summary>Loads the history from the world's file.</summary>
    /// <param name="newest">The newest revision among the objects. A history that ends before it is useless.</param>
    /// <returns>The newest revision of all.</returns>
    public long Load(long newest, IReadOnlyDictionary<string, ResourceType> types)
    {
        var latest = new Dictionary<ObjectKey, StoredObject>();
        foreach (var (_, document) in world.List(table))
        {
            var key = new ObjectKey(types[document.Text("type") ?? ""], document.Text("namespace") ?? "", document.Text("name") ?? "");
            var before = latest.GetValueOrDefault(key) ?? (document["before"] is JsonObject last ? StoredObject.Of(last.Copy()) : null);
            var deleted = document.Flag("deleted") == true;
            var after = StoredObject.Of(document["object"]!.AsObject().Copy()); // Document writes one
            _events.AddLast(new ObjectEvent(document.Number("revision") ?? 0, key, before, after, deleted));
            _size += after.Utf8.Length;
            latest[key] = after;
            if (deleted)
            {
                latest.Remove(key);
            }
        }

        var end = _events.Last?.Value.Revision ?? 0;
        Compacted = _events.First is { } first && end >= newest ? first.Value.Revision - 1 : newest;
        return Math.Max(newest, end);
    }

    /// <returns>The changes for the world's file. Empty for a world in memory, which has no restarts.</returns>
    public IEnumerable<WorldChange> Add(ObjectEvent change)
    {
        _events.AddLast(change);
        _size += change.Size;
        var changes = new List<WorldChange>();
        if (world.IsKept)
        {
            changes.Add(WorldChange.Put(table, Key(change), Document(change)));
        }

        while (_size > Bytes && _events.Count > LeastEvents && _events.First is { } oldest)
        {
            Compacted = oldest.Value.Revision;
            _size -= oldest.Value.Size;
            _events.RemoveFirst();
            if (world.IsKept)
            {
                changes.Add(WorldChange.Remove(table, Key(oldest.Value)));
            }
        }

        return changes;
    }

    /// <summary>The events after a revision, oldest first.</summary>
    /// <exception cref="KubeError">410 when they are compacted.</exception>
    public IReadOnlyList<ObjectEvent> Since(long revision)
    {
        if (revision < Compacted)
        {
            throw KubeError.Expired(revision, Compacted);
        }

        var events = new List<ObjectEvent>();
        for (var node = _events.Last; node is not null && node.Value.Revision > revision; node = node.Previous)
        {
            events.Add(node.Value);
        }

        events.Reverse();
        return events;
    }

    private static string Key(ObjectEvent change) => change.Revision.ToString("D19", CultureInfo.InvariantCulture);

    private static JsonObject Document(ObjectEvent change)
    {
        var document = new JsonObject
        {
            ["revision"] = change.Revision,
            ["type"] = change.Key.Type.QualifiedPlural,
            ["namespace"] = change.Key.Namespace,
            ["name"] = change.Key.Name,
            ["deleted"] = change.Deleted,
            ["object"] = change.Object.Copy(),
        };
        if (change.Before is { } before)
        {
            document["before"] = before.Copy();
        }

        return document;
    }
}
