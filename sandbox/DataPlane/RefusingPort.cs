using System.Net;
using System.Net.Sockets;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// A port without a listener behind it. The socket is bound, so that no other process takes the port, but does not listen, so that
/// connections are refused.
/// </summary>
internal sealed class RefusingPort : IPublicPort
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public RefusingPort(IPEndPoint endpoint)
    {
        try
        {
            _socket.Bind(endpoint);
        }
        catch (SocketException)
        {
            _socket.Dispose();
            throw;
        }
    }

    public IPEndPoint Endpoint => (IPEndPoint)_socket.LocalEndPoint!; // bound

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
