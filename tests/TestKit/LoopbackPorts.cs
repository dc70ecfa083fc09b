using System.Net;
using System.Net.Sockets;

namespace MeshPort.TestKit;

public static class LoopbackPorts
{
    /// <returns>A port that was free on 127.0.0.1 a moment ago. Prefer port 0 where the server can report its port.</returns>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
