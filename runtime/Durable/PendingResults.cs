using MeshPort.Runtime.Durable.History;

namespace MeshPort.Runtime.Durable;

/// <summary>
/// Activity results that are not on disk yet. The next step of the instance takes them and writes them with its decisions, in one commit.
/// A result that no step can take returns to the activity worker, which records it as a message.
/// </summary>
internal sealed class PendingResults
{
    private readonly Dictionary<string, List<PendingResult>> _byInstance = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private bool _closed;

    /// <returns>Null when the engine stops and no further step will run.</returns>
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

    /// <summary>Returns the results of an instance in order of arrival. The caller owns them.</summary>
    public List<PendingResult> Take(string instanceId)
    {
        lock (_lock)
        {
            return _byInstance.Remove(instanceId, out var results) ? results : [];
        }
    }

    /// <summary>Returns all results to the worker because no further step will run.</summary>
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

/// <summary>An activity result that waits for a step.</summary>
internal sealed class PendingResult(ActivityRow call, HistoryEvent answer)
{
    private readonly TaskCompletionSource<bool> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ActivityRow Call { get; } = call;

    public HistoryEvent Answer { get; } = answer;

    /// <summary>True once a step with the result is on disk. False when the worker must record the result.</summary>
    public Task<bool> WasRecorded => _end.Task;

    public void Recorded() => _end.TrySetResult(true);

    public void GiveBack() => _end.TrySetResult(false);
}

/// <summary>A step took a result whose call is no longer open, because the instance was rewound. The step is not written.</summary>
internal sealed class StaleResultException(string activity) : Exception($"The call of activity '{activity}' is no longer open.");
