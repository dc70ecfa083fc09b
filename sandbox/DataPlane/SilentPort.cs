using System.Net;
using System.Net.Sockets;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// A port behind a closed firewall: connecting gets no answer until the client gives up. Done with a listener whose queue of one is filled by a
/// connection of its own and never emptied: Linux drops further connection requests. When it is closed and the port served, a client that is still
/// trying gets through, as in Azure.
/// </summary>
internal sealed class SilentPort : IPublicPort
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _filler = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public SilentPort(IPEndPoint endpoint)
    {
        try
        {
            _listener.Bind(endpoint);
            _listener.Listen(0);
            _filler.Connect(Endpoint);
        }
        catch (SocketException)
        {
            _listener.Dispose();
            _filler.Dispose();
            throw;
        }
    }

    public IPEndPoint Endpoint => (IPEndPoint)_listener.LocalEndPoint!; // bound

    public ValueTask DisposeAsync()
    {
        _filler.LingerState = new LingerOption(true, 0);
        _filler.Dispose();
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }
}
