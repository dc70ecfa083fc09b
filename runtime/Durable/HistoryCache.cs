using MeshPort.Runtime.Durable.History;

namespace MeshPort.Runtime.Durable;

/// <summary>
/// The histories of instances that took a step lately, so that the next step need not read them again. The store stays the only truth: an entry is
/// of one execution, only that execution's own steps append to its history, and an entry is taken out while a step runs and put back when the step
/// is on disk, so whatever goes wrong on the way drops it. A step replays from here exactly as it would from disk.
/// </summary>
internal sealed class HistoryCache(TimeProvider time, long maxWeight = HistoryCache.DefaultMaxWeight)
{
    /// <summary>Bytes, as <see cref="CachedHistory.Weight"/> estimates them.</summary>
    public const long DefaultMaxWeight = 32 << 20;

    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _byAge = new(); // the oldest first
    private readonly Lock _lock = new();
    private long _weight;

    /// <returns>Null when the history has to be read from the store.</returns>
    public CachedHistory? Take(string instanceId, string execution)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(instanceId, out var node))
            {
                return null;
            }

            Remove(node);
            return node.Value.Execution == execution ? node.Value.History : null;
        }
    }

    public void Put(string instanceId, string execution, CachedHistory history)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            if (_entries.TryGetValue(instanceId, out var before))
            {
                Remove(before);
            }

            _entries.Add(instanceId, _byAge.AddLast(new Entry(instanceId, execution, history, now)));
            _weight += history.Weight;
            while (_byAge.First is { } oldest && (_weight > maxWeight || time.GetElapsedTime(oldest.Value.At, now) > MaxAge))
            {
                Remove(oldest);
            }
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _entries.Remove(node.Value.InstanceId);
        _byAge.Remove(node);
        _weight -= node.Value.History.Weight;
    }

    private sealed record Entry(string InstanceId, string Execution, CachedHistory History, long At);
}

/// <summary>The events of one execution, in order; belongs to one step at a time.</summary>
internal sealed class CachedHistory
{
    private readonly List<HistoryEvent> _events = [];

    public CachedHistory(IEnumerable<HistoryEvent> events) => Append(events);

    public IReadOnlyList<HistoryEvent> Events => _events;

    /// <summary>About how many bytes it takes in memory.</summary>
    public long Weight { get; private set; }

    public void Append(IEnumerable<HistoryEvent> events)
    {
        foreach (var happened in events)
        {
            _events.Add(happened);
            Weight += WeightOf(happened);
        }
    }

    private static long WeightOf(HistoryEvent happened) => 64 + (2L * (happened switch
    {
        ExecutionStarted started => started.Input?.Length ?? 0,
        TaskCompleted completed => completed.Result?.Length ?? 0,
        ChildCompleted completed => completed.Result?.Length ?? 0,
        EventRaised raised => raised.Payload?.Length ?? 0,
        TaskFailed or ChildFailed => 2000, // a stack trace
        _ => 50,
    }));
}
