using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MeshPort.Sandbox.DataPlane;
using MeshPort.Sandbox.Kubernetes.Pods;
using MeshPort.Sandbox.World;

namespace MeshPort.Benchmarks;

/// <summary>
/// Bytes per second through one connection: the echo of the sandbox's data plane, and a loop of receive and send on the same machine.
/// </summary>
internal static class Streams
{
    private const int LineLength = 16 * 1024;
    private const int BufferSize = 256 * 1024;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);

    public static async Task<double> EchoAsync()
    {
        var hop = new Hop(HopKind.Workload, "", "istio/tcp-echo-server:1.1", ["9000", "hello"], 9000);
        var output = new ContainerOutput(TimeProvider.System);
        var clock = new SandboxClock(1);
        await using var port = new ServedPort(
            new IPEndPoint(IPAddress.Loopback, 0),
            null,
            _ => true,
            _ => Task.FromResult(true),
            (_, _) => hop,
            new ConnectionServer(_ => output, clock),
            clock
        );
        using var client = await ConnectAsync(port.Endpoint);
        return await MeasureAsync(client, client);
    }

    /// <summary>The same path: in through one connection, through a process, and out through another connection.</summary>
    public static async Task<double> RelayAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var endpoint = (IPEndPoint)listener.LocalEndPoint!; // not null once bound
        using var source = await ConnectAsync(endpoint);
        using var upstream = await listener.AcceptAsync();
        using var sink = await ConnectAsync(endpoint);
        using var downstream = await listener.AcceptAsync();
        var relaying = Task.Run(async () =>
        {
            var buffer = new byte[BufferSize];
            for (var count = 1; count > 0; )
            {
                count = await upstream.ReceiveAsync(buffer);
                await downstream.SendAsync(buffer.AsMemory(0, count));
            }

            downstream.Shutdown(SocketShutdown.Send);
        });
        var rate = await MeasureAsync(source, sink);
        await relaying;
        return rate;
    }

    private static async Task<double> MeasureAsync(Socket source, Socket sink)
    {
        var clock = Stopwatch.StartNew();
        var sending = Task.Run(async () =>
        {
            var lines = new byte[BufferSize];
            for (var end = LineLength - 1; end < lines.Length; end += LineLength)
            {
                lines[end] = (byte)'\n';
            }

            while (clock.Elapsed < Duration)
            {
                await source.SendAsync(lines);
            }

            source.Shutdown(SocketShutdown.Send);
        });
        var received = await Task.Run(async () =>
        {
            var buffer = new byte[BufferSize];
            var total = 0L;
            for (var count = 1; count > 0; total += count)
            {
                count = await sink.ReceiveAsync(buffer);
            }

            return total;
        });
        await sending;
        return received / clock.Elapsed.TotalSeconds;
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint endpoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endpoint);
        return socket;
    }
}
