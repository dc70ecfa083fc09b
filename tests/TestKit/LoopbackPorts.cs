using System.Net;
using System.Net.Sockets;

namespace MeshPort.TestKit;

public static class LoopbackPorts
{
    private const int First = 20000;

    /// <summary>Systems give ports from 32768 on to servers that ask for port 0.</summary>
    private const int Count = 10000;

    private static int _last = Random.Shared.Next(Count);

    /// <returns>
    /// A port that was free on 127.0.0.1 a moment ago, and that no server gets by chance. Prefer port 0 where the server can report its
    /// port.
    /// </returns>
    public static int Free()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _last) % Count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // the next one
            }
        }
    }
}
