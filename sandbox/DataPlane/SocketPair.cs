using System.Net;
using System.Net.Sockets;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>Two sockets of this process that are connected to each other.</summary>
internal static class SocketPair
{
    public static async Task<(Socket Near, Socket Far)> ConnectAsync(CancellationToken cancellationToken)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await near.ConnectAsync(listener.LocalEndPoint!, cancellationToken); // bound
        while (true)
        {
            var far = await listener.AcceptAsync(cancellationToken);
            if (Equals(far.RemoteEndPoint, near.LocalEndPoint))
            {
                return (near, far);
            }

            far.Dispose(); // another process connected first
        }
    }
}
