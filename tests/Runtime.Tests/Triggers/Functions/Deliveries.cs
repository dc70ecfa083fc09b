using System.Threading.Channels;

namespace MeshPort.Runtime.Tests.Triggers.Functions;

/// <summary>The inputs of the test functions. The test of the same host reads them.</summary>
internal sealed class Deliveries
{
    private readonly Channel<string> _seen = Channel.CreateUnbounded<string>();

    /// <summary>The function named Gated waits for it.</summary>
    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(string seen) => _seen.Writer.TryWrite(seen);

    public async Task<string> NextAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Wait.Usual);
        return await _seen.Reader.ReadAsync(deadline.Token);
    }
}
