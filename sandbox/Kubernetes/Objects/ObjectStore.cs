using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>What happened to an object. <see cref="Before"/> is null for one that is new; <see cref="Object"/> of a deletion is the last state with a new resourceVersion.</summary>
internal sealed record ObjectEvent(long Revision, ObjectKey Key, JsonObject? Before, JsonObject Object, bool Deleted);

/// <summary>
/// All objects of one cluster under one revision counter, kept in the world's store. Published objects are never changed afterwards: copy one before
/// changing it. Writers hold <see cref="WriteLock"/> over read, decide and write, so that there are no lost updates and no leaked nodePorts.
/// </summary>
internal sealed class ObjectStore
{
    private const int HistoryLength = 8192;
    private const int RevisionBlock = 256;
    private const string CounterKey = "revision";
    private readonly WorldStore _world;
    private readonly string _table;
    private readonly Lock _lock = new();
    private readonly Dictionary<ResourceType, SortedDictionary<(string Namespace, string Name), JsonObject>> _objects = [];
    private readonly LinkedList<ObjectEvent> _history = [];
    private long _revision;
    private long _reserved;
    private long _forgotten;

    public ObjectStore(WorldStore world, string clusterId)
    {
        _world = world;
        _table = $"kubernetes:{clusterId.ToLowerInvariant()}";
        foreach (var type in ResourceCatalog.All)
        {
            _objects[type] = new(Comparer<(string Namespace, string Name)>.Create(Compare));
        }

        Load();
    }

    /// <summary>Taken before <see cref="_lock"/>; see the type's summary.</summary>
    public Lock WriteLock { get; } = new();

    /// <summary>Called after every change, outside the lock that readers take.</summary>
    public event Action<ObjectEvent>? Changed;

    public long Revision
    {
        get
        {
            lock (_lock)
            {
                return _revision;
            }
        }
    }

    public JsonObject? Get(ResourceType type, string @namespace, string name)
    {
        lock (_lock)
        {
            return _objects[type].GetValueOrDefault((@namespace, name));
        }
    }

    /// <summary>In namespace and name order, as etcd lists.</summary>
    public IReadOnlyList<JsonObject> List(ResourceType type, string? @namespace = null) => Snapshot(type, @namespace).Items;

    public (long Revision, IReadOnlyList<JsonObject> Items) Snapshot(ResourceType type, string? @namespace)
    {
        lock (_lock)
        {
            return (_revision, [.. _objects[type].Where(entry => @namespace is null || entry.Key.Namespace == @namespace).Select(entry => entry.Value)]);
        }
    }

    /// <summary>Stores the object with the next revision as its resourceVersion.</summary>
    public JsonObject Put(ResourceType type, JsonObject draft)
    {
        var body = draft.Copy();
        var key = new ObjectKey(type, body.Namespace(), body.Name());
        ObjectEvent change;
        lock (_lock)
        {
            var before = _objects[type].GetValueOrDefault((key.Namespace, key.Name));
            body.Child("metadata")["resourceVersion"] = Next().ToString(CultureInfo.InvariantCulture);
            Settle(body);
            _objects[type][(key.Namespace, key.Name)] = body;
            _world.Put(_table, key.ToString(), body);
            change = new ObjectEvent(_revision, key, before, body, Deleted: false);
            Remember(change);
        }

        Changed?.Invoke(change);
        return body;
    }

    /// <returns>The last state with a new resourceVersion; null when there was no such object.</returns>
    public JsonObject? Delete(ResourceType type, string @namespace, string name)
    {
        ObjectEvent change;
        lock (_lock)
        {
            if (!_objects[type].Remove((@namespace, name), out var before))
            {
                return null;
            }

            var last = before.Copy();
            last.Child("metadata")["resourceVersion"] = Next().ToString(CultureInfo.InvariantCulture);
            Settle(last);
            var key = new ObjectKey(type, @namespace, name);
            _world.Delete(_table, key.ToString());
            change = new ObjectEvent(_revision, key, before, last, Deleted: true);
            Remember(change);
        }

        Changed?.Invoke(change);
        return change.Object;
    }

    /// <summary>Events after a revision.</summary>
    /// <exception cref="KubeError">410 when the history does not go back that far.</exception>
    public IReadOnlyList<ObjectEvent> Since(long revision)
    {
        lock (_lock)
        {
            if (revision < _forgotten)
            {
                throw KubeError.Expired(revision, _forgotten);
            }

            var events = new List<ObjectEvent>();
            for (var node = _history.Last; node is not null && node.Value.Revision > revision; node = node.Previous)
            {
                events.Add(node.Value);
            }

            events.Reverse();
            return events;
        }
    }

    /// <summary>Forgets the cluster, also in the world's store.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            foreach (var (key, _) in _world.List(_table))
            {
                _world.Delete(_table, key);
            }

            foreach (var objects in _objects.Values)
            {
                objects.Clear();
            }
        }
    }

    /// <summary>The control plane's own notes (due times, ports), kept next to the objects.</summary>
    public JsonObject? Note(string name) => _world.Get(_table, $"note|{name}");

    public void PutNote(string name, JsonObject note) => _world.Put(_table, $"note|{name}", note);

    public void DeleteNote(string name) => _world.Delete(_table, $"note|{name}");

    private void Load()
    {
        var types = ResourceCatalog.All.ToDictionary(type => type.QualifiedPlural);
        foreach (var (key, document) in _world.List(_table))
        {
            if (types.TryGetValue(key.Split('|')[0], out var type))
            {
                Settle(document);
                _objects[type][(document.Namespace(), document.Name())] = document;
            }
        }

        // Reserved in blocks: a restart skips to the next block, so that a revision is never given twice, even one whose object is gone.
        _revision = _reserved = _forgotten = _world.Get(_table, CounterKey).Number("reserved") ?? 0;
    }

    private long Next()
    {
        if (++_revision > _reserved)
        {
            _reserved = _revision + RevisionBlock;
            _world.Put(_table, CounterKey, new JsonObject { ["reserved"] = _reserved });
        }

        return _revision;
    }

    private void Remember(ObjectEvent change)
    {
        _history.AddLast(change);
        if (_history.Count > HistoryLength && _history.First is { } oldest)
        {
            _forgotten = oldest.Value.Revision;
            _history.RemoveFirst();
        }
    }

    /// <summary>A parsed node fills itself in lazily when first read; done here once, concurrent readers never write.</summary>
    private static void Settle(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (_, child) in map)
                {
                    Settle(child);
                }

                break;
            case JsonArray list:
                foreach (var child in list)
                {
                    Settle(child);
                }

                break;
        }
    }

    private static int Compare((string Namespace, string Name) left, (string Namespace, string Name) right) =>
        string.CompareOrdinal(left.Namespace, right.Namespace) is var byNamespace and not 0 ? byNamespace : string.CompareOrdinal(left.Name, right.Name);
}
