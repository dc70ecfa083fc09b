using System.Net;
using System.Net.Sockets;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>A port that refuses connections until it is started, and then forwards them to another port.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly int _target;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _connections = [];
    private Task _accepting = Task.CompletedTask;

    /// <param name="port">The port of an earlier relay; null for a free one.</param>
    public Relay(int target, int? port = null)
    {
        (_target, Port) = (target, port ?? LoopbackPorts.Free());
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true); // of connections that have just ended
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, Port)); // bound, but not listening
    }

    public int Port { get; }

    public void Start()
    {
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_connections).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            _connections.Add(RelayAsync(await _listener.AcceptAsync(_stop.Token)));
        }
    }

    private async Task RelayAsync(Socket accepted)
    {
        await using var client = new NetworkStream(accepted, ownsSocket: true);
        using var onward = new TcpClient();
        await onward.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
        await using var server = onward.GetStream();
        await Task.WhenAny(client.CopyToAsync(server, _stop.Token), server.CopyToAsync(client, _stop.Token));
    }
}
