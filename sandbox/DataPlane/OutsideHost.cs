using System.Net;
using System.Net.Sockets;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// A server outside the cluster. Names under <c>localhost</c> are this machine (RFC 6761), so that a test or a person can run such a
/// server. Below <c>blackhole.localhost</c>, a host drops all packets. Other names do not resolve, because the sandbox uses loopback only.
/// </summary>
internal static class OutsideHost
{
    private const string LocalSuffix = ".localhost";
    private const string SilentSuffix = ".blackhole.localhost";

    /// <param name="seen">Bytes already read from the client.</param>
    /// <param name="clock">Simulated time, for the gateway's connect timeout.</param>
    /// <exception cref="SocketException">The host does not exist, does not listen, or does not answer in time.</exception>
    public static async Task RelayAsync(
        Socket client,
        Hop hop,
        ReadOnlyMemory<byte> seen,
        Action touched,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        if (!hop.Host.EndsWith(LocalSuffix, StringComparison.OrdinalIgnoreCase))
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await ConnectAsync(server, hop, clock, cancellationToken);
        await SendAsync(server, seen, cancellationToken);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(CopyAsync(client, server, touched, end), CopyAsync(server, client, touched, end));
    }

    private static async Task ConnectAsync(Socket server, Hop hop, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(hop.ConnectTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            if (hop.Host.EndsWith(SilentSuffix, StringComparison.OrdinalIgnoreCase))
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, either.Token);
            }

            await server.ConnectAsync(IPAddress.Loopback, (int)hop.Port, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }
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
