using MeshPort.Runtime.Durable.History;

namespace MeshPort.Runtime.Durable;

/// <summary>
/// Results of activities that are not on disk yet. The next step of their instance takes them and writes them with its own decisions, in
/// one commit. A result that no step can take goes back to its activity's worker, which records it as a message.
/// </summary>
internal sealed class PendingResults
{
    private readonly Dictionary<string, List<PendingResult>> _byInstance = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private bool _closed;

    /// <returns>Null when no step will come, because the engine stops.</returns>
    public PendingResult? Add(ActivityRow call, HistoryEvent answer)
    {
        var result = new PendingResult(call, answer);
        lock (_lock)
        {
            if (_closed)
            {
                return null;
            }

            if (!_byInstance.TryGetValue(call.InstanceId, out var results))
            {
                _byInstance.Add(call.InstanceId, results = []);
            }

            results.Add(result);
            return result;
        }
    }

    public bool Has(string instanceId)
    {
        lock (_lock)
        {
            return _byInstance.ContainsKey(instanceId);
        }
    }

    /// <summary>The results of an instance in the order of their arrival; from now on they belong to the caller.</summary>
    public List<PendingResult> Take(string instanceId)
    {
        lock (_lock)
        {
            return _byInstance.Remove(instanceId, out var results) ? results : [];
        }
    }

    /// <summary>Gives all results back: no further step will run.</summary>
    public void Close()
    {
        List<PendingResult> left;
        lock (_lock)
        {
            _closed = true;
            left = [.. _byInstance.Values.SelectMany(results => results)];
            _byInstance.Clear();
        }

        left.ForEach(result => result.GiveBack());
    }
}

/// <summary>A result on its way to a step.</summary>
internal sealed class PendingResult(ActivityRow call, HistoryEvent answer)
{
    private readonly TaskCompletionSource<bool> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ActivityRow Call { get; } = call;

    public HistoryEvent Answer { get; } = answer;

    /// <summary>True once a step that has the result is on disk; false when the worker has to record it.</summary>
    public Task<bool> WasRecorded => _end.Task;

    public void Recorded() => _end.TrySetResult(true);

    public void GiveBack() => _end.TrySetResult(false);
}

/// <summary>A step had a result whose call is no longer open, because the instance was rewound. The step is not written.</summary>
internal sealed class StaleResultException(string activity) : Exception($"The call of activity '{activity}' is no longer open.");
