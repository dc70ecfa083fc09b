using System.Net.WebSockets;

namespace MeshPort.Sandbox.Kubelet.Streams;

/// <summary>The bytes of another protocol in the binary messages of a WebSocket (Kubernetes KEP 4006).</summary>
internal sealed class WebSocketTunnel(WebSocket socket) : DuplexStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            ValueWebSocketReceiveResult received;
            try
            {
                received = await socket.ReceiveAsync(buffer, cancellationToken);
            }
            catch (WebSocketException exception)
            {
                throw new IOException("The WebSocket is broken.", exception);
            }

            if (received.Count > 0 || received.MessageType == WebSocketMessageType.Close)
            {
                return received.Count;
            }
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await socket.SendAsync(buffer, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
        }
        catch (WebSocketException exception)
        {
            throw new IOException("The WebSocket is broken.", exception);
        }
    }
}
