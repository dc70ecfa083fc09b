namespace MeshPort.Runtime.Durable.Replay;

/// <summary>
/// Runs an orchestrator's continuations one at a time, on the thread that runs the step. A continuation that another thread posts, or that
/// arrives between two steps, comes from a non-durable task. The pump drops it.
/// </summary>
internal sealed class OrchestratorPump : SynchronizationContext
{
    private const int Nobody = 0; // managed thread ids start at 1

    private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();
    private volatile int _thread = Nobody;
    private volatile bool _hasDropped;

    /// <summary>True when the caller is the orchestrator's code in a step.</summary>
    public bool IsCurrent => Environment.CurrentManagedThreadId == _thread && Current == this;

    /// <summary>True when the code awaited a non-durable task. Only a replay shows its behaviour then.</summary>
    public bool HasDropped => _hasDropped;

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (Environment.CurrentManagedThreadId == _thread)
        {
            _queue.Enqueue((d, state));
        }
        else
        {
            _hasDropped = true;
        }
    }

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("An orchestrator's synchronization context does not support synchronous calls.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs a step on the calling thread.</summary>
    public void Run(Action step)
    {
        var outer = Current;
        SetSynchronizationContext(this);
        _thread = Environment.CurrentManagedThreadId;
        try
        {
            step();
        }
        finally
        {
            _thread = Nobody;
            SetSynchronizationContext(outer);
        }
    }

    public void RunAll()
    {
        while (_queue.TryDequeue(out var work))
        {
            work.Callback(work.State);
        }
    }
}
