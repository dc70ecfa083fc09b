namespace MeshPort.Runtime.Durable.Replay;

/// <summary>
/// Runs an orchestrator's continuations one at a time, on the thread that takes the step. A continuation that another thread posts, or that
/// comes between two steps, belongs to something that is not durable, so the pump drops it.
/// </summary>
internal sealed class OrchestratorPump : SynchronizationContext
{
    private const int Nobody = 0; // managed thread ids begin at 1

    private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();
    private volatile int _thread = Nobody;
    private volatile bool _hasDropped;

    /// <summary>Whether the caller is the orchestrator's code in a step.</summary>
    public bool IsCurrent => Environment.CurrentManagedThreadId == _thread && Current == this;

    /// <summary>The code has awaited something that is not durable; only a replay shows what it does.</summary>
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
        throw new NotSupportedException("An orchestrator's context takes no synchronous calls.");

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
