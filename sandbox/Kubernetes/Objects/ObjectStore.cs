using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Storage;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>
/// All objects of one cluster under one revision counter, stored in the world's store. Published objects are immutable: copy one before a
/// change. Writers hold <see cref="WriteLock"/> during read, decision and write, which prevents lost updates and leaked node ports.
/// </summary>
internal sealed class ObjectStore
{
    /// <summary>etcd's default of 1.5 MiB; custom resources are stored as JSON.</summary>
    private const int LargestRequest = 1536 * 1024;

    /// <summary>
    /// Built-in kinds are stored as protobuf, which is shorter: 10,000 ports were accepted, 12,000 were not (kube-semantics point 12).
    /// </summary>
    private const int LargestBuiltIn = 1850 * 1024;

    private static readonly IReadOnlyDictionary<string, ResourceType> Types = ResourceCatalog.All.ToDictionary(type =>
        type.QualifiedPlural
    );
    private readonly WorldStore _world;
    private readonly string _table;
    private readonly string _historyTable;
    private readonly Lock _lock = new();
    private readonly Dictionary<ResourceType, SortedDictionary<ObjectName, StoredObject>> _objects = [];
    private readonly ObjectHistory _history;
    private long _revision;

    public ObjectStore(WorldStore world, string clusterId)
    {
        _world = world;
        _table = $"kubernetes:{clusterId.ToLowerInvariant()}";
        _historyTable = $"kubernetes-history:{clusterId.ToLowerInvariant()}";
        _history = new ObjectHistory(world, _historyTable);
        foreach (var type in ResourceCatalog.All)
        {
            _objects[type] = [];
        }

        Load();
    }

    /// <summary>The families of the addresses of the cluster's Services, the primary one first.</summary>
    public IReadOnlyList<string> IpFamilies { get; set; } = ["IPv4"];

    /// <summary>Whether the policies of AKS Automatic are in force.</summary>
    public bool IsAutomatic { get; set; }

    /// <summary>Taken before <see cref="_lock"/>. See the type's summary.</summary>
    public Lock WriteLock { get; } = new();

    /// <summary>Raised after every change, outside the readers' lock.</summary>
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
            return _objects[type].GetValueOrDefault(new ObjectName(@namespace, name))?.Body;
        }
    }

    public bool Has(ResourceType type, string @namespace, string name)
    {
        lock (_lock)
        {
            return _objects[type].ContainsKey(new ObjectName(@namespace, name));
        }
    }

    public int Count(ResourceType type)
    {
        lock (_lock)
        {
            return _objects[type].Count;
        }
    }

    /// <summary>Sorted by namespace and name, as in etcd.</summary>
    public IReadOnlyList<JsonObject> List(ResourceType type, string? @namespace = null) => Snapshot(type, @namespace).Items;

    public (long Revision, IReadOnlyList<JsonObject> Items) Snapshot(ResourceType type, string? @namespace)
    {
        var (revision, stored) = Current(type, @namespace);
        return (revision, [.. stored.Select(entry => entry.Value.Body)]);
    }

    /// <summary>Objects whose text contains the word. The search runs on the bytes, so that thousands of objects need no parsing.</summary>
    public IReadOnlyList<(ResourceType Type, JsonObject Body)> Mentioning(string word, string? @namespace)
    {
        var bytes = Encoding.UTF8.GetBytes(word);
        lock (_lock)
        {
            return
            [
                .. _objects.SelectMany(kind =>
                    kind.Value.Where(entry =>
                            (@namespace is null || entry.Key.Namespace == @namespace) && entry.Value.Utf8.AsSpan().IndexOf(bytes) >= 0
                        )
                        .Select(entry => (kind.Key, entry.Value.Body))
                ),
            ];
        }
    }

    /// <summary>The objects at an earlier revision, at most <see cref="Revision"/>: later changes are reverted.</summary>
    /// <exception cref="KubeError">410 when the revision is compacted.</exception>
    public IReadOnlyList<JsonObject> SnapshotAt(ResourceType type, string? @namespace, long revision)
    {
        lock (_lock)
        {
            var then = new SortedDictionary<ObjectName, StoredObject>(Current(type, @namespace).Objects.ToDictionary());
            foreach (
                var change in _history
                    .Since(revision)
                    .Reverse()
                    .Where(change => change.Key.Type == type && (@namespace is null || change.Key.Namespace == @namespace))
            )
            {
                var name = new ObjectName(change.Key.Namespace, change.Key.Name);
                if (change.StoredBefore is { } before)
                {
                    then[name] = before;
                }
                else
                {
                    then.Remove(name);
                }
            }

            return [.. then.Values.Select(stored => stored.Body)];
        }
    }

    /// <summary>Stores the object with the next revision as its resourceVersion.</summary>
    /// <param name="body">Owned by the store from now on: do not change it.</param>
    public JsonObject Put(ResourceType type, JsonObject body)
    {
        ObjectEvent change;
        lock (_lock)
        {
            body.Child("metadata")["resourceVersion"] = (_revision + 1).ToString(CultureInfo.InvariantCulture);
            var key = new ObjectKey(type, body.Namespace(), body.Name());
            var name = new ObjectName(key.Namespace, key.Name);
            var stored = StoredObject.Of(body);
            if (stored.Utf8.Length > (type.Custom ? LargestRequest : LargestBuiltIn))
            {
                throw KubeError.Internal("etcdserver: request is too large");
            }

            _revision++;
            change = new ObjectEvent(_revision, key, _objects[type].GetValueOrDefault(name), stored, deleted: false);
            _objects[type][name] = stored;
            _world.Write([WorldChange.Put(_table, key.ToString(), stored.Utf8), .. _history.Add(change)]);
        }

        Changed?.Invoke(change);
        return body;
    }

    /// <returns>The last state with a new resourceVersion. Null when the object did not exist.</returns>
    public JsonObject? Delete(ResourceType type, string @namespace, string name)
    {
        ObjectEvent change;
        lock (_lock)
        {
            if (!_objects[type].Remove(new ObjectName(@namespace, name), out var before))
            {
                return null;
            }

            var last = before.Body.Copy();
            last.Child("metadata")["resourceVersion"] = (++_revision).ToString(CultureInfo.InvariantCulture);
            var key = new ObjectKey(type, @namespace, name);
            change = new ObjectEvent(_revision, key, before, StoredObject.Of(last), deleted: true);
            _world.Write([WorldChange.Remove(_table, key.ToString()), .. _history.Add(change)]);
        }

        Changed?.Invoke(change);
        return change.Object;
    }

    /// <summary>Events after a revision.</summary>
    /// <exception cref="KubeError">410 when the history does not reach back that far.</exception>
    public IReadOnlyList<ObjectEvent> Since(long revision)
    {
        lock (_lock)
        {
            return _history.Since(revision);
        }
    }

    /// <summary>Deletes the cluster's objects, in the world's store as well.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            foreach (var table in new[] { _table, _historyTable })
            {
                _world.Write([.. _world.List(table).Select(entry => WorldChange.Remove(table, entry.Key))]);
            }

            foreach (var objects in _objects.Values)
            {
                objects.Clear();
            }
        }
    }

    /// <summary>The control plane's notes (due times, ports), stored beside the objects.</summary>
    public JsonObject? Note(string name) => _world.Get(_table, $"note|{name}");

    public void PutNote(string name, JsonObject note) => _world.Put(_table, $"note|{name}", note);

    private (long Revision, IReadOnlyList<KeyValuePair<ObjectName, StoredObject>> Objects) Current(ResourceType type, string? @namespace)
    {
        lock (_lock)
        {
            return (_revision, [.. @namespace is null ? _objects[type] : _objects[type].Where(entry => entry.Key.Namespace == @namespace)]);
        }
    }

    private void Load()
    {
        var newest = 0L;
        foreach (var (key, document) in _world.List(_table))
        {
            if (Types.TryGetValue(key.Split('|')[0], out var type))
            {
                _objects[type][new ObjectName(document.Namespace(), document.Name())] = StoredObject.Of(document);
                newest = Math.Max(newest, RevisionOf(document));
            }
        }

        _revision = _history.Load(newest, Types);
    }

    private static long RevisionOf(JsonObject body) =>
        long.TryParse(body.Text("metadata", "resourceVersion"), CultureInfo.InvariantCulture, out var revision) ? revision : 0;

    /// <summary>The order of etcd's keys.</summary>
    private readonly record struct ObjectName(string Namespace, string Name) : IComparable<ObjectName>
    {
        public int CompareTo(ObjectName other) =>
            string.CompareOrdinal(Namespace, other.Namespace) is var byNamespace and not 0
                ? byNamespace
                : string.CompareOrdinal(Name, other.Name);
    }
}
