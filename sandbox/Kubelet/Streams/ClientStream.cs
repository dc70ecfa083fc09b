using System.IO.Pipelines;

namespace MeshPort.Sandbox.Kubelet.Streams;

/// <summary>
/// One of several streams of a client's connection, such as stdin or the data of a forwarded port. Reads give what the client sent.
/// </summary>
internal sealed class ClientStream : DuplexStream
{
    private readonly Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> _send;
    private readonly Func<CancellationToken, ValueTask> _finish;
    private readonly Pipe _received = new();
    private readonly Stream _input;
    private bool _ended;

    /// <param name="send">Sends bytes to the client on this stream.</param>
    /// <param name="finish">Tells the client that no more bytes follow.</param>
    public ClientStream(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> send, Func<CancellationToken, ValueTask> finish)
    {
        (_send, _finish) = (send, finish);
        _input = _received.Reader.AsStream();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _input.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _send(buffer, cancellationToken);

    public ValueTask FinishAsync(CancellationToken cancellationToken) => _finish(cancellationToken);

    /// <summary>Called by the connection. Waits while the reader is far behind.</summary>
    public async ValueTask ReceiveAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (!_ended)
        {
            await _received.Writer.WriteAsync(bytes, cancellationToken);
        }
    }

    /// <summary>Called by the connection after the client's last byte.</summary>
    public void EndInput()
    {
        _ended = true;
        _received.Writer.Complete();
    }

    /// <summary>Discards the rest of what the client sends, so that the connection does not wait for a reader.</summary>
    public void IgnoreInput() => _received.Reader.Complete();
}
