using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>A public port that accepts connections and forwards each one by the current state of the layers behind it.</summary>
internal sealed class ServedPort : IPublicPort
{
    private const int Backlog = 4096;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<IPAddress, bool> _allowed;
    private readonly Func<CancellationToken, Task<bool>> _admit;
    private readonly Func<IPAddress, string?, Hop> _route;
    private readonly ConnectionServer _server;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, Task> _connections = [];
    private readonly Task _accepting;

    /// <param name="sources">The allowed sources. Null: all.</param>
    /// <param name="allowed">Checked for every source that passes the filter.</param>
    /// <param name="admit">Returns false to reset the connection.</param>
    /// <param name="clock">Simulated time, for draining.</param>
    public ServedPort(
        IPEndPoint endpoint,
        IReadOnlyList<IPNetwork>? sources,
        Func<IPAddress, bool> allowed,
        Func<CancellationToken, Task<bool>> admit,
        Func<IPAddress, string?, Hop> route,
        ConnectionServer server,
        TimeProvider clock
    )
    {
        _allowed = allowed;
        _admit = admit;
        _route = route;
        _server = server;
        _clock = clock;
        try
        {
            if (sources is not null && !SourceFilter.TryAttach(_listener, sources))
            {
                _allowed = source => sources.Any(range => range.Contains(source)) && allowed(source);
            }

            _listener.Bind(endpoint);
            _listener.Listen(Backlog);
        }
        catch (SocketException)
        {
            _listener.Dispose();
            throw;
        }

        Endpoint = (IPEndPoint)_listener.LocalEndPoint!; // bound
        _accepting = Task.Run(AcceptAsync);
    }

    public IPEndPoint Endpoint { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections.Values);
        _stop.Dispose();
    }

    /// <summary>Stops listening at once and cuts the remaining connections after a while, as Envoy drains a removed listener.</summary>
    /// <returns>Completes when all connections have ended.</returns>
    public async Task DrainAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        _listener.Dispose();
        await _accepting;
        try
        {
            await Task.WhenAll(_connections.Values).WaitAsync(time, _clock, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // cut the remaining connections
        }
        finally
        {
            await DisposeAsync();
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync(_stop.Token);
            }
            catch (Exception exception)
                when (exception
                        is OperationCanceledException
                            or ObjectDisposedException
                            or SocketException { SocketErrorCode: SocketError.OperationAborted }
                )
            {
                return;
            }
            catch (SocketException)
            {
                continue; // the client left before the connection was accepted
            }

            var started = new TaskCompletionSource();
            _connections[client] = Task.Run(async () =>
            {
                await started.Task;
                await ServeAsync(client);
            });
            started.SetResult();
        }
    }

    private async Task ServeAsync(Socket client)
    {
        try
        {
            var source = ((IPEndPoint)client.RemoteEndPoint!).Address; // accepted TCP sockets have a remote end
            if (!_allowed(source))
            {
                await ConnectionServer.HoldAsync(client, () => { }, _stop.Token);
            }
            else if (await _admit(_stop.Token))
            {
                await _server.ServeAsync(client, serverName => _route(source, serverName), _stop.Token);
            }
            else
            {
                ConnectionServer.Reset(client);
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            ConnectionServer.Reset(client); // either side closed
        }
        finally
        {
            client.Dispose();
            _connections.TryRemove(client, out _);
        }
    }
}
