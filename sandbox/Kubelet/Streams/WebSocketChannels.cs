using System.Net.WebSockets;
using System.Text;

namespace MeshPort.Sandbox.Kubelet.Streams;

/// <summary>
/// The subprotocol <c>channel.k8s.io</c>: the first byte of every message names its stream. The variants with <c>base64</c> use text.
/// Version 5 can also end one stream (KEP 4006).
/// </summary>
internal sealed class WebSocketChannels : IDisposable
{
    private const byte EndsChannel = 255;
    private readonly WebSocket _socket;
    private readonly bool _isText;
    private readonly bool _canEnd;
    private readonly ClientStream[] _channels;
    private readonly SemaphoreSlim _writing = new(1, 1);

    public WebSocketChannels(WebSocket socket, string protocol, int count)
    {
        _socket = socket;
        _isText = protocol.Contains("base64", StringComparison.Ordinal);
        _canEnd = protocol.StartsWith("v5.", StringComparison.Ordinal);
        _channels =
        [
            .. Enumerable
                .Range(0, count)
                .Select(number => new ClientStream(
                    (bytes, cancellationToken) => WriteAsync((byte)number, bytes, cancellationToken),
                    _ => ValueTask.CompletedTask // the end of the connection ends the server's streams
                )),
        ];
    }

    public ClientStream this[int number] => _channels[number];

    /// <summary>Reads messages until the client closes the connection.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[32 * 1024];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                message.Write(buffer, 0, received.Count);
                if (received.EndOfMessage)
                {
                    await TakeAsync(message.ToArray(), cancellationToken);
                    message.SetLength(0);
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException or FormatException)
        {
            // The client broke the connection or the protocol.
        }
        finally
        {
            foreach (var channel in _channels)
            {
                channel.EndInput();
            }
        }
    }

    public Task LeaveAsync(CancellationToken cancellationToken) =>
        _socket.State is WebSocketState.Open or WebSocketState.CloseReceived
            ? _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken)
            : Task.CompletedTask;

    public void Dispose() => _writing.Dispose();

    private async ValueTask TakeAsync(byte[] message, CancellationToken cancellationToken)
    {
        if (message.Length == 0)
        {
            return;
        }

        var number = _isText ? message[0] - '0' : message[0];
        if (number == EndsChannel && _canEnd && message.Length > 1)
        {
            Find(message[1])?.EndInput();
        }
        else if (Find(number) is { } channel)
        {
            var bytes = _isText ? Convert.FromBase64String(Encoding.ASCII.GetString(message, 1, message.Length - 1)) : message[1..];
            await channel.ReceiveAsync(bytes, cancellationToken);
        }
    }

    private ClientStream? Find(int number) => number >= 0 && number < _channels.Length ? _channels[number] : null;

    private async ValueTask WriteAsync(byte number, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        byte[] message = _isText
            ? [(byte)('0' + number), .. Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes.Span))]
            : [number, .. bytes.Span];
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await _socket.SendAsync(
                message.AsMemory(),
                _isText ? WebSocketMessageType.Text : WebSocketMessageType.Binary,
                endOfMessage: true,
                cancellationToken
            );
        }
        catch (WebSocketException exception)
        {
            throw new IOException("The WebSocket is broken.", exception);
        }
        finally
        {
            _writing.Release();
        }
    }
}
