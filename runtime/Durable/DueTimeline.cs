namespace MeshPort.Runtime.Durable;

/// <summary>
/// Wakes each instance at its due time, with one operating-system timer for the earliest entry. An entry may be out of date because its
/// timer was cancelled. The instance is then read for nothing.
/// </summary>
internal sealed class DueTimeline : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1); // a platform timer accepts at most 49 days

    private readonly TimeProvider _time;
    private readonly Action<string> _wake;
    private readonly PriorityQueue<string, long> _entries = new();
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private bool _disposed;

    public DueTimeline(TimeProvider time, Action<string> wake)
    {
        _time = time;
        _wake = wake;
        _timer = time.CreateTimer(_ => Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(string instanceId, DateTimeOffset due)
    {
        lock (_lock)
        {
            _entries.Enqueue(instanceId, due.UtcTicks);
            if (_entries.TryPeek(out _, out var first) && first == due.UtcTicks)
            {
                Arm();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _timer.Dispose();
        }
    }

    private void Fire()
    {
        var due = new List<string>();
        lock (_lock)
        {
            var now = _time.GetUtcNow().UtcTicks;
            while (_entries.TryPeek(out var id, out var at) && at <= now)
            {
                _entries.Dequeue();
                due.Add(id);
            }

            Arm();
        }

        due.ForEach(_wake);
    }

    private void Arm()
    {
        if (_disposed || !_entries.TryPeek(out _, out var first))
        {
            return;
        }

        var wait = TimeSpan.FromTicks(Math.Max(0, first - _time.GetUtcNow().UtcTicks));
        // Rounded up to the platform timer's resolution of one millisecond. Rounded down, the timer would fire early and be set again.
        _timer.Change(
            wait > LongestWait ? LongestWait : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)),
            Timeout.InfiniteTimeSpan
        );
    }
}
