using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// <c>istio/tcp-echo-server PORT[,PORT] PREFIX</c>: answers every line with the prefix, a space and the line. An unfinished last line gets
/// no answer.
/// </summary>
internal static class EchoServer
{
    private const int ReadSize = 256 * 1024;

    public static bool ListensOn(IReadOnlyList<string> arguments, long port) =>
        arguments.Count >= 2
        && arguments[0]
            .Split(',')
            .Any(one => long.TryParse(one, NumberStyles.None, CultureInfo.InvariantCulture, out var listened) && listened == port);

    /// <param name="seen">Bytes already read from the socket.</param>
    /// <param name="output">Receives the server's log of requests and answers.</param>
    /// <param name="touched">Called after any traffic.</param>
    public static async Task ServeAsync(
        Socket client,
        ReadOnlyMemory<byte> seen,
        string prefix,
        ContainerOutput output,
        Action touched,
        CancellationToken cancellationToken
    )
    {
        var greeting = Encoding.UTF8.GetBytes($"{prefix} ");
        using var lines = new EchoLines(greeting);
        lines.Add(seen.Span);
        output.Echoed(lines.Whole.Span, greeting);
        await SendAsync(client, lines, cancellationToken);
        var open = true;
        while (open)
        {
            // Wait without a buffer: thousands of connections may wait here.
            await client.ReceiveAsync(Memory<byte>.Empty, cancellationToken);
            var buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
            try
            {
                do
                {
                    var count = await client.ReceiveAsync(buffer.AsMemory(), cancellationToken);
                    touched();
                    lines.Add(buffer.AsSpan(0, count));
                    output.Echoed(lines.Whole.Span, greeting);
                    await SendAsync(client, lines, cancellationToken); // waits while the client does not read: memory stays bounded
                    touched();
                    open = count > 0;
                } while (open && client.Available > 0);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        client.Shutdown(SocketShutdown.Send);
    }

    private static async ValueTask SendAsync(Socket client, EchoLines lines, CancellationToken cancellationToken)
    {
        var rest = lines.Whole;
        while (!rest.IsEmpty)
        {
            rest = rest[await client.SendAsync(rest, cancellationToken)..];
        }

        lines.Sent();
    }
}
