using System.Net.Sockets;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>The gateway's readiness page on 15021 (<c>/healthz/ready</c>): one answer, then close.</summary>
internal static class StatusPage
{
    private static readonly byte[] Ready = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nserver: envoy\r\nconnection: close\r\n\r\n"u8.ToArray();

    public static async Task ServeAsync(Socket client, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        if (await client.ReceiveAsync(buffer, cancellationToken) > 0)
        {
            await client.SendAsync(Ready, cancellationToken);
            client.Shutdown(SocketShutdown.Send);
        }
    }
}
