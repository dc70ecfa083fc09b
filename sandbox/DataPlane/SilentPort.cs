using System.Net;
using System.Net.Sockets;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// A port behind a closed firewall: connecting gets no answer until the client gives up. Done with a listener that hears nobody
/// (<see cref="SourceFilter"/>). When it is closed and the port served, a client that is still trying gets through, as in Azure.
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
            var deaf = SourceFilter.TryAttach(_listener, []);
            _listener.Listen(0);
            if (!deaf)
            {
                _ = FillAsync();
            }
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

    /// <summary>Without filters, a queue of one that is full and never emptied is as good; whoever comes first fills it, so nobody waits for that.</summary>
    private async Task FillAsync()
    {
        try
        {
            await _filler.ConnectAsync(Endpoint);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // somebody else has filled it, or it is over
        }
    }
}
