using MeshPort.Model;

namespace MeshPort.WebConsole;

/// <summary>
/// Values that were read a short time ago, for all callers of this process together. Each open console asks every second, and a cluster
/// may have thousands of exposures. Callers that ask while a read is running share it.
/// </summary>
internal sealed class RecentReads
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string What, ClusterId? Cluster), Entry> _entries = [];

    /// <summary>Real time, also where MeshPort's clock is simulated: browsers ask in real time.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Reads, unless the value is known. It forgets a failure and null, so the next caller reads again.</summary>
    /// <param name="what">The name of the value; the same name has the same type.</param>
    /// <param name="cluster">Null for a value of no cluster.</param>
    /// <param name="kept">How long the value counts, from the end of its read.</param>
    /// <param name="read">It goes on for the others when the caller that began it leaves.</param>
    public async Task<T> ReadAsync<T>(
        string what,
        ClusterId? cluster,
        TimeSpan kept,
        Func<CancellationToken, Task<T>> read,
        CancellationToken cancellationToken
    )
    {
        var key = (what, cluster);
        Task<T> value;
        lock (_lock)
        {
            ForgetOld();
            if (_entries.TryGetValue(key, out var known))
            {
                value = (Task<T>)known.Value;
            }
            else
            {
                value = StartAsync(key, read);
                _entries[key] = new Entry(value, kept, null);
            }
        }

        return await value.WaitAsync(cancellationToken);
    }

    private async Task<T> StartAsync<T>((string What, ClusterId? Cluster) key, Func<CancellationToken, Task<T>> read)
    {
        await Task.Yield(); // the caller has the lock
        var isKnown = false;
        try
        {
            var value = await read(CancellationToken.None);
            isKnown = value is not null;
            return value;
        }
        finally
        {
            lock (_lock)
            {
                if (isKnown)
                {
                    _entries[key] = _entries[key] with { End = Clock.GetTimestamp() };
                }
                else
                {
                    _entries.Remove(key);
                }
            }
        }
    }

    private void ForgetOld()
    {
        foreach (var (key, entry) in _entries)
        {
            if (entry.End is { } end && Clock.GetElapsedTime(end) >= entry.Kept)
            {
                _entries.Remove(key);
            }
        }
    }

    /// <param name="End">The time when the read ended; null while it runs.</param>
    private sealed record Entry(Task Value, TimeSpan Kept, long? End);
}
