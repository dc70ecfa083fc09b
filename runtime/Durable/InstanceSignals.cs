namespace MeshPort.Runtime.Durable;

/// <summary>Notifies waiters in this process of instance changes. Get the task first, then read the state: no change is missed.</summary>
internal sealed class InstanceSignals
{
    private readonly Dictionary<string, TaskCompletionSource> _changes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TaskCompletionSource> _ends = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private bool _closed;

    public Task NextChange(string instanceId) => Next(_changes, instanceId);

    /// <summary>Completes only when the instance ends. A waiter for the end need not check after every step.</summary>
    public Task NextEnd(string instanceId) => Next(_ends, instanceId);

    public void Changed(string instanceId, bool ended = false)
    {
        lock (_lock)
        {
            if (_changes.Remove(instanceId, out var change))
            {
                change.SetResult();
            }

            if (ended && _ends.Remove(instanceId, out var end))
            {
                end.SetResult();
            }
        }
    }

    /// <summary>Cancels all waiters because the engine stops.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            foreach (var signal in _changes.Values.Concat(_ends.Values))
            {
                signal.TrySetCanceled();
            }

            _changes.Clear();
            _ends.Clear();
        }
    }

    private Task Next(Dictionary<string, TaskCompletionSource> waiting, string instanceId)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return Task.FromCanceled(new CancellationToken(canceled: true));
            }

            if (!waiting.TryGetValue(instanceId, out var signal))
            {
                signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                waiting.Add(instanceId, signal);
            }

            return signal.Task;
        }
    }
}
