using MeshPort.Runtime.Durable.History;
using Microsoft.DurableTask;

namespace MeshPort.Runtime.Durable.Replay;

/// <summary>
/// Delivers external events. Early events wait in order of arrival. Of several waiters for one name, the latest gets the first event
/// (functions-api A3).
/// </summary>
internal sealed class EventMailbox(DataConverter converter)
{
    private readonly Dictionary<string, List<Waiter>> _waiters = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<EventRaised> _early = [];

    /// <summary>The events without a waiter, in order of arrival.</summary>
    public IReadOnlyList<EventRaised> Unprocessed => _early;

    public bool HasWaiters => _waiters.Values.Any(waiters => waiters.Count > 0);

    public void Deliver(EventRaised raised)
    {
        if (_waiters.TryGetValue(raised.Name, out var waiters) && waiters.Count > 0)
        {
            var last = waiters[^1];
            waiters.RemoveAt(waiters.Count - 1);
            last.Deliver(raised.Payload);
        }
        else
        {
            _early.Add(raised);
        }
    }

    public Task<T> WaitAsync<T>(string name, CancellationToken cancellationToken, Action<CancellationToken, Action> whenCancelled)
    {
        var waiter = new Waiter<T>(new OpenTask<T>(name, -1, converter));
        if (_early.FindIndex(raised => string.Equals(raised.Name, name, StringComparison.OrdinalIgnoreCase)) is var index and >= 0)
        {
            var raised = _early[index];
            _early.RemoveAt(index);
            waiter.Deliver(raised.Payload);
            return waiter.Open.Task;
        }

        if (!_waiters.TryGetValue(name, out var waiters))
        {
            _waiters.Add(name, waiters = []);
        }

        if (waiters.Exists(other => other is not Waiter<T>))
        {
            throw new ArgumentException(
                $"The orchestrator already waits for event '{name}' with a type other than {typeof(T)}.",
                nameof(name)
            );
        }

        waiters.Add(waiter);
        whenCancelled(
            cancellationToken,
            () =>
            {
                waiters.Remove(waiter);
                waiter.Open.Cancel(cancellationToken);
            }
        );
        return waiter.Open.Task;
    }

    private abstract class Waiter
    {
        public abstract void Deliver(string? payload);
    }

    private sealed class Waiter<T>(OpenTask<T> open) : Waiter
    {
        public OpenTask<T> Open { get; } = open;

        public override void Deliver(string? payload) => Open.Complete(payload);
    }
}
