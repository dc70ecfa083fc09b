using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.DataPlane;
using MeshPort.Sandbox.Kubelet.Streams;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubelet;

/// <summary>Connections of clients to ports inside a pod (k8s.io/kubelet, pkg/cri/streaming/portforward).</summary>
internal sealed class PortForwarding(TrafficRouter router, ConnectionServer server)
{
    /// <summary>SPDY inside a WebSocket (KEP 4006).</summary>
    public const string Tunnel = "SPDY/3.1+portforward.k8s.io";

    public static readonly IReadOnlyList<string> OfSpdy = ["portforward.k8s.io"];
    public static readonly IReadOnlyList<string> OfWebSocket = [Tunnel, "v4.channel.k8s.io", "v4.base64.channel.k8s.io"];

    private const int RelayPart = 32 * 1024;

    /// <summary>The query's ports, as repeated values or with commas.</summary>
    /// <exception cref="KubeError">A value is no port, or the list is empty.</exception>
    public static IReadOnlyList<int> Ports(IEnumerable<string?> values)
    {
        var texts = values.SelectMany(value => (value ?? "").Split(',')).ToArray();
        return texts.Length == 0
            ? throw KubeError.BadRequest("query parameter \"port\" is required")
            :
            [
                .. texts.Select(text =>
                    int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                    && port is > 0 and <= IPEndPoint.MaxPort
                        ? port
                        : throw KubeError.BadRequest($"unable to parse \"{text}\" as a port")
                ),
            ];
    }

    /// <summary>Every connection is a stream for data and one for an error, with the same request id.</summary>
    public async Task ServeAsync(JsonObject pod, SpdyConnection connection, CancellationToken cancellationToken)
    {
        var waiting = new Dictionary<string, SpdyStream>(StringComparer.Ordinal);
        var running = new List<Task>();
        await foreach (var stream in connection.Opened.ReadAllAsync(cancellationToken))
        {
            var id = stream.Headers.GetValueOrDefault("requestid", "");
            if (!waiting.Remove(id, out var other))
            {
                waiting[id] = stream;
                continue;
            }

            var (data, error) = stream.Headers.GetValueOrDefault("streamtype") == "data" ? (stream, other) : (other, stream);
            var port = int.TryParse(data.Headers.GetValueOrDefault("port"), CultureInfo.InvariantCulture, out var number) ? number : 0;
            running.RemoveAll(task => task.IsCompleted);
            running.Add(ForwardAsync(pod, port, data.Bytes, error.Bytes, cancellationToken));
        }

        await Task.WhenAll(running);
    }

    /// <summary>Every port has two channels, for data and for an error. The first message on each is the port's number.</summary>
    public async Task ServeAsync(JsonObject pod, WebSocketChannels channels, IReadOnlyList<int> ports, CancellationToken cancellationToken)
    {
        foreach (var (index, port) in ports.Index())
        {
            var number = new byte[sizeof(ushort)];
            BinaryPrimitives.WriteUInt16LittleEndian(number, (ushort)port);
            await channels[2 * index].WriteAsync(number, cancellationToken);
            await channels[(2 * index) + 1].WriteAsync(number, cancellationToken);
        }

        await Task.WhenAll(
            ports.Select((port, index) => ForwardAsync(pod, port, channels[2 * index], channels[(2 * index) + 1], cancellationToken))
        );
        await channels.LeaveAsync(cancellationToken);
    }

    private async Task ForwardAsync(JsonObject pod, int port, ClientStream data, ClientStream error, CancellationToken cancellationToken)
    {
        try
        {
            error.IgnoreInput();
            if (ConnectionServer.Accepts(router.IntoPod(pod, port)))
            {
                await RelayAsync(pod, port, data, cancellationToken);
            }
            else
            {
                await error.WriteAsync(Encoding.UTF8.GetBytes(Refusal(pod, port)), cancellationToken);
            }

            await error.FinishAsync(cancellationToken);
            await data.FinishAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            return; // the client left
        }
        finally
        {
            data.IgnoreInput();
        }
    }

    private async Task RelayAsync(JsonObject pod, int port, ClientStream data, CancellationToken cancellationToken)
    {
        var (near, far) = await SocketPair.ConnectAsync(cancellationToken);
        using (near)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var serving = ServePodAsync(far, pod, port, end.Token);
            var sending = SendAsync(data, near, end.Token);
            var buffer = new byte[RelayPart];
            try
            {
                while (await near.ReceiveAsync(buffer, cancellationToken) is var count and > 0)
                {
                    await data.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                }
            }
            catch (SocketException)
            {
                // The pod reset the connection.
            }

            await end.CancelAsync();
            await Task.WhenAll(serving, sending);
        }
    }

    private async Task ServePodAsync(Socket pod, JsonObject body, int port, CancellationToken cancellationToken)
    {
        using (pod)
        {
            await server.ServeAsync(pod, name => router.IntoPod(body, port, name), cancellationToken);
        }
    }

    private static async Task SendAsync(ClientStream data, Socket pod, CancellationToken cancellationToken)
    {
        var buffer = new byte[RelayPart];
        try
        {
            while (await data.ReadAsync(buffer, cancellationToken) is var count and > 0)
            {
                await pod.SendAsync(buffer.AsMemory(0, count), cancellationToken);
            }

            pod.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The pod closed the connection.
        }
    }

    private static string Refusal(JsonObject pod, int port) =>
        $"error forwarding port {port} to pod {pod.Uid().Replace("-", "", StringComparison.Ordinal)}, uid : failed to execute portforward "
        + $"in network namespace: failed to connect to localhost:{port} inside namespace, IPv4: dial tcp4 127.0.0.1:{port}: connect: "
        + $"connection refused IPv6 dial tcp6 [::1]:{port}: connect: connection refused ";
}
