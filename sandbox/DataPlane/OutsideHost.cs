using System.Net;
using System.Net.Sockets;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// A server outside the cluster. Names under <c>localhost</c> are this machine (RFC 6761), so that a test or a person can run such a
/// server. Other names do not resolve, because the sandbox uses loopback only.
/// </summary>
internal static class OutsideHost
{
    private const string LocalSuffix = ".localhost";

    /// <param name="seen">Bytes already read from the client.</param>
    /// <exception cref="SocketException">The host does not exist or does not listen.</exception>
    public static async Task RelayAsync(
        Socket client,
        Hop hop,
        ReadOnlyMemory<byte> seen,
        Action touched,
        CancellationToken cancellationToken
    )
    {
        if (!hop.Host.EndsWith(LocalSuffix, StringComparison.OrdinalIgnoreCase))
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await server.ConnectAsync(IPAddress.Loopback, (int)hop.Port, cancellationToken);
        await SendAsync(server, seen, cancellationToken);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(CopyAsync(client, server, touched, end), CopyAsync(server, client, touched, end));
    }

    /// <param name="end">Cancelled when either side breaks.</param>
    private static async Task CopyAsync(Socket from, Socket to, Action touched, CancellationTokenSource end)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, end.Token) is var count and > 0)
            {
                touched();
                await SendAsync(to, buffer.AsMemory(0, count), end.Token);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            await end.CancelAsync();
            throw;
        }
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await to.SendAsync(bytes, cancellationToken)..];
        }
    }
}
