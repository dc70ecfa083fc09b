using System.Net;
using System.Net.Sockets;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// A port behind a closed firewall: connection attempts get no answer until the client gives up. It uses a listener that drops all sources
/// (<see cref="SourceFilter"/>). When a served port replaces it, a client that still tries gets through, as in Azure.
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

    /// <summary>
    /// For systems without filters: a full backlog of one has the same effect. The first connection fills it, whoever opens it.
    /// </summary>
    private async Task FillAsync()
    {
        try
        {
            await _filler.ConnectAsync(Endpoint);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // another client filled it, or the port closed
        }
    }
}
