using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>The listening socket of one cluster's API server. Its connections are served by the <see cref="ApiHost"/>.</summary>
internal sealed class ApiListener : IAsyncDisposable
{
    private const int Backlog = 512;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SocketConnectionContextFactory _connections;
    private readonly Func<ConnectionContext, bool> _serve;
    private readonly RequestDelegate _handle;
    private readonly ConcurrentDictionary<ConnectionContext, bool> _open = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _accepting;
    private volatile bool _stopped;
    private int _running = 1; // the requests, and one until disposal

    /// <param name="serve">Passes a connection to the host. False when the host is stopping.</param>
    /// <exception cref="SocketException">The port is in use.</exception>
    public ApiListener(int port, SocketConnectionContextFactory connections, Func<ConnectionContext, bool> serve, RequestDelegate handle)
    {
        (_connections, _serve, _handle) = (connections, serve, handle);
        try
        {
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            _socket.Listen(Backlog);
        }
        catch (SocketException)
        {
            _socket.Dispose();
            throw;
        }

        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port; // bound
        _accepting = Task.Run(AcceptAsync);
    }

    public int Port { get; }

    public async Task ServeAsync(HttpContext context)
    {
        Interlocked.Increment(ref _running);
        try
        {
            await _handle(context);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Closes all connections and waits for the requests in progress, which are aborted.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopped = true;
        _socket.Dispose();
        await _accepting;
        foreach (var connection in _open.Keys)
        {
            connection.Abort();
        }

        Leave();
        await _ended.Task;
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _running) == 0)
        {
            _ended.TrySetResult();
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stopped)
        {
            try
            {
                Take(await _socket.AcceptAsync());
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
            {
                // Disposed, or the client left before the connection was accepted.
            }
        }
    }

    private void Take(Socket client)
    {
        client.NoDelay = true;
        var connection = _connections.Create(client);
        connection.Features.Set(this);
        _open[connection] = true;
        connection.ConnectionClosed.Register(() => _open.TryRemove(connection, out _));
        if (!_serve(connection))
        {
            connection.Abort();
        }
    }
}
