using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MeshPort.Sandbox.Controllers;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>A public port that accepts connections and takes each to where the layers behind it lead at that moment.</summary>
internal sealed class ServedPort : IPublicPort
{
    private const int Backlog = 512;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<IPAddress, bool> _allowed;
    private readonly Func<CancellationToken, Task<bool>> _admit;
    private readonly Func<string?, Hop> _route;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, Task> _connections = [];
    private readonly Task _accepting;

    public ServedPort(IPEndPoint endpoint, (string Namespace, string Name) service, Func<IPAddress, bool> allowed, Func<CancellationToken, Task<bool>> admit, Func<string?, Hop> route)
    {
        Service = service;
        _allowed = allowed;
        _admit = admit;
        _route = route;
        try
        {
            _listener.Bind(endpoint);
            _listener.Listen(Backlog);
        }
        catch (SocketException)
        {
            _listener.Dispose();
            throw;
        }

        _accepting = Task.Run(AcceptAsync);
    }

    public (string Namespace, string Name) Service { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections.Values);
        _stop.Dispose();
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
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                continue; // the client was gone before it was accepted
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
            await LeadAsync(client);
        }
        catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException)
        {
            Reset(client); // either side went away
        }
        finally
        {
            client.Dispose();
            _connections.TryRemove(client, out _);
        }
    }

    private async Task LeadAsync(Socket client)
    {
        if (!_allowed(((IPEndPoint)client.RemoteEndPoint!).Address)) // accepted TCP sockets have a remote end
        {
            await HoldAsync(client);
            return;
        }

        if (!await _admit(_stop.Token))
        {
            Reset(client);
            return;
        }

        var hop = _route(null);
        ReadOnlyMemory<byte> seen = default;
        if (hop.Kind == HopKind.NeedsServerName)
        {
            (seen, var serverName) = await ClientHello.ReadAsync(client, _stop.Token);
            hop = serverName is null ? new Hop(HopKind.Reset, "no server name") : _route(serverName);
        }

        switch (hop.Kind)
        {
            case HopKind.GatewayStatus:
                await StatusPage.ServeAsync(client, _stop.Token);
                break;
            case HopKind.Workload when Images.IsEcho(hop.Image) && EchoServer.ListensOn(hop.Arguments ?? [], hop.Port):
                await EchoServer.ServeAsync(client, seen, hop.Arguments?[1] ?? "", _stop.Token);
                break;
            case HopKind.Workload when !Images.IsEcho(hop.Image):
                await HoldAsync(client);
                break;
            default:
                Reset(client);
                break;
        }
    }

    /// <summary>Takes what comes and says nothing until the client closes.</summary>
    private async Task HoldAsync(Socket client)
    {
        var buffer = new byte[4096];
        while (await client.ReceiveAsync(buffer, _stop.Token) > 0)
        {
        }
    }

    /// <summary>RST instead of FIN.</summary>
    private static void Reset(Socket client) => client.LingerState = new LingerOption(true, 0);
}
