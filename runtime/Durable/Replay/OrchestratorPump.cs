using System.Collections.Concurrent;

namespace MeshPort.Runtime.Durable.Replay;

/// <summary>Runs an orchestrator's continuations one at a time on the thread that replays. After <see cref="Close"/> what still arrives is dropped.</summary>
internal sealed class OrchestratorPump : SynchronizationContext
{
    private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> _queue = new();
    private volatile bool _closed;

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (!_closed)
        {
            _queue.Enqueue((d, state));
        }
    }

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("An orchestrator's context takes no synchronous calls.");

    public override SynchronizationContext CreateCopy() => this;

    public void RunAll()
    {
        while (_queue.TryDequeue(out var work))
        {
            work.Callback(work.State);
        }
    }

    public void Close() => _closed = true;
}
