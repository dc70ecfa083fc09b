using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>A public port that accepts connections and forwards each one by the current state of the layers behind it.</summary>
internal sealed class ServedPort : IPublicPort
{
    private const int Backlog = 4096;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<IPAddress, bool> _allowed;
    private readonly Func<CancellationToken, Task<bool>> _admit;
    private readonly Func<IPAddress, string?, Hop> _route;
    private readonly ConnectionSlots _slots;
    private readonly Func<string, ContainerOutput> _outputs;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, Task> _connections = [];
    private readonly Task _accepting;

    /// <param name="sources">The allowed sources. Null: all.</param>
    /// <param name="allowed">Checked for every source that passes the filter.</param>
    /// <param name="admit">Returns false to reset the connection.</param>
    /// <param name="outputs">By the uid of the pod.</param>
    /// <param name="clock">Simulated time, for idle timeouts.</param>
    public ServedPort(
        IPEndPoint endpoint,
        IReadOnlyList<IPNetwork>? sources,
        Func<IPAddress, bool> allowed,
        Func<CancellationToken, Task<bool>> admit,
        Func<IPAddress, string?, Hop> route,
        ConnectionSlots slots,
        Func<string, ContainerOutput> outputs,
        TimeProvider clock
    )
    {
        _allowed = allowed;
        _admit = admit;
        _route = route;
        _slots = slots;
        _outputs = outputs;
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
            client.NoDelay = true;
            await ForwardAsync(client);
        }
        catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException)
        {
            Reset(client); // either side closed
        }
        finally
        {
            client.Dispose();
            _connections.TryRemove(client, out _);
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        var source = ((IPEndPoint)client.RemoteEndPoint!).Address; // accepted TCP sockets have a remote end
        if (!_allowed(source))
        {
            await HoldAsync(client, () => { }, _stop.Token);
            return;
        }

        if (!await _admit(_stop.Token))
        {
            Reset(client);
            return;
        }

        var hop = _route(source, null);
        ReadOnlyMemory<byte> seen = default;
        if (hop.Kind == HopKind.NeedsServerName)
        {
            using var patience = new IdleWatch(_clock, hop.Idle, _stop.Token);
            (seen, var serverName) = await ClientHello.ReadAsync(client, patience.Token);
            hop = _route(source, serverName);
        }

        using var slot = _slots.Take(hop.Limit);
        if (slot is null)
        {
            Reset(client);
            return;
        }

        await FollowAsync(client, hop, seen);
    }

    private async Task FollowAsync(Socket client, Hop hop, ReadOnlyMemory<byte> seen)
    {
        using var idle = new IdleWatch(_clock, hop.Idle, _stop.Token);
        try
        {
            switch (hop.Kind)
            {
                case HopKind.GatewayStatus:
                    await StatusPage.ServeAsync(client, idle.Token);
                    break;
                case HopKind.Outside:
                    await OutsideHost.RelayAsync(client, hop, seen, idle.Touch, _clock, idle.Token);
                    break;
                case HopKind.Workload when Images.IsEcho(hop.Image) && EchoServer.ListensOn(hop.Arguments ?? [], hop.Port):
                    await EchoServer.ServeAsync(client, seen, hop.Arguments?[1] ?? "", _outputs(hop.Pod), idle.Touch, idle.Token);
                    break;
                case HopKind.Workload when !Images.IsEcho(hop.Image):
                    await HoldAsync(client, idle.Touch, idle.Token);
                    break;
                default:
                    Reset(client);
                    break;
            }
        }
        catch (OperationCanceledException) when (idle.Ended == IdleEnd.Close)
        {
            return; // closed in order
        }
        catch (OperationCanceledException) when (idle.Ended == IdleEnd.Silence)
        {
            await Task.Delay(Timeout.Infinite, _stop.Token); // the backend no longer answers
        }
    }

    /// <summary>Reads and discards data until the client closes.</summary>
    private static async Task HoldAsync(Socket client, Action touched, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        while (await client.ReceiveAsync(buffer, cancellationToken) > 0)
        {
            touched();
        }
    }

    /// <summary>RST instead of FIN.</summary>
    private static void Reset(Socket client) => client.LingerState = new LingerOption(true, 0);
}
