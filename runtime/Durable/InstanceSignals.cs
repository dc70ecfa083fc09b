namespace MeshPort.Runtime.Durable;

/// <summary>Tells who waits in this process that an instance has changed. Ask for the signal first, then look: no change is missed.</summary>
internal sealed class InstanceSignals
{
    private readonly Dictionary<string, TaskCompletionSource> _waiting = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private bool _closed;

    public Task NextChange(string instanceId)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return Task.FromCanceled(new CancellationToken(canceled: true));
            }

            if (!_waiting.TryGetValue(instanceId, out var signal))
            {
                signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Add(instanceId, signal);
            }

            return signal.Task;
        }
    }

    public void Changed(string instanceId)
    {
        lock (_lock)
        {
            if (_waiting.Remove(instanceId, out var signal))
            {
                signal.SetResult();
            }
        }
    }

    /// <summary>Cancels all who wait: the engine stops.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            foreach (var signal in _waiting.Values)
            {
                signal.TrySetCanceled();
            }

            _waiting.Clear();
        }
    }
}
