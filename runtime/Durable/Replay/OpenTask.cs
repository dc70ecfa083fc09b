using Microsoft.DurableTask;

namespace MeshPort.Runtime.Durable.Replay;

/// <summary>A decision whose outcome is still open.</summary>
internal abstract class OpenTask(bool isTimer)
{
    public bool IsTimer { get; } = isTimer;

    public abstract void Complete(string? result);

    public abstract void Fail(TaskFailureDetails failure);
}

/// <summary>An open task with a result. Its continuations run on the pump, in order, and never on the thread pool.</summary>
internal sealed class OpenTask<T>(string name, int id, DataConverter converter, bool isTimer = false) : OpenTask(isTimer)
{
    private readonly TaskCompletionSource<T> _source = new();

    public Task<T> Task => _source.Task;

    public override void Complete(string? result)
    {
        T value;
        try
        {
            value = converter.Read<T>(result)!; // null when the other side returned null
        }
        catch (Exception exception) when (exception is System.Text.Json.JsonException or NotSupportedException)
        {
            _source.TrySetException(exception);
            return;
        }

        _source.TrySetResult(value);
    }

    public override void Fail(TaskFailureDetails failure) => _source.TrySetException(new TaskFailedException(name, id, failure));

    public bool Cancel(CancellationToken cancellationToken) => _source.TrySetCanceled(cancellationToken);
}
