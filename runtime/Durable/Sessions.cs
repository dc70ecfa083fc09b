namespace MeshPort.Runtime.Durable;

/// <summary>
/// The orchestrators that stay in memory between their steps. The store is the source of truth: a session belongs to one execution, and
/// only that execution's steps append to its history. A step takes the session out and puts it back when the step is on disk. A step
/// without a session replays the history from the store, so a session can be dropped at any time.
/// </summary>
internal sealed class Sessions(SessionLimits limits, TimeProvider time) : IDisposable
{
    private readonly Dictionary<string, LinkedListNode<(Session Session, long At)>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<(Session Session, long At)> _byAge = new(); // the oldest first
    private readonly Lock _lock = new();
    private long _weight;

    /// <returns>The session, which the caller owns. Null when the step must read the history from the store.</returns>
    public Session? Take(string instanceId, string execution)
    {
        Session session;
        lock (_lock)
        {
            if (!_entries.TryGetValue(instanceId, out var node))
            {
                return null;
            }

            Remove(node);
            session = node.Value.Session;
        }

        if (session.Execution == execution && session.CanContinue)
        {
            return session;
        }

        session.Drop();
        return null;
    }

    /// <summary>Keeps a session until its next step. Drops the oldest sessions, or this one, when a limit is reached.</summary>
    public void Put(Session session)
    {
        var now = time.GetTimestamp();
        List<Session> dropped = [];
        lock (_lock)
        {
            if (_entries.TryGetValue(session.InstanceId, out var before))
            {
                dropped.Add(Remove(before));
            }

            _entries.Add(session.InstanceId, _byAge.AddLast((session, now)));
            _weight += session.Weight;
            while (
                _byAge.First is { } oldest && (_weight > limits.MaxWeight || time.GetElapsedTime(oldest.Value.At, now) > limits.IdleTimeout)
            )
            {
                dropped.Add(Remove(oldest));
            }
        }

        dropped.ForEach(old => old.Drop());
    }

    /// <summary>Drops the session of an instance, for any execution.</summary>
    public void Drop(string instanceId)
    {
        Session? dropped = null;
        lock (_lock)
        {
            if (_entries.TryGetValue(instanceId, out var node))
            {
                dropped = Remove(node);
            }
        }

        dropped?.Drop();
    }

    public void Dispose()
    {
        List<Session> all;
        lock (_lock)
        {
            all = [.. _byAge.Select(entry => entry.Session)];
            _entries.Clear();
            _byAge.Clear();
            _weight = 0;
        }

        all.ForEach(session => session.Drop());
    }

    private Session Remove(LinkedListNode<(Session Session, long At)> node)
    {
        _entries.Remove(node.Value.Session.InstanceId);
        _byAge.Remove(node);
        _weight -= node.Value.Session.Weight;
        return node.Value.Session;
    }
}
