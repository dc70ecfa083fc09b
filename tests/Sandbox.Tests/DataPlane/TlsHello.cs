using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MeshPort.Sandbox.Tests.Kubernetes;

namespace MeshPort.Sandbox.Tests.DataPlane;

/// <summary>The first message of a TLS client. An echo server behind a passthrough listener repeats it after its prefix.</summary>
internal static class TlsHello
{
    /// <summary>
    /// The first word of the answer, which is the prefix of the echo server that got the bytes, or how the request fails.
    /// </summary>
    public static async Task<string> AskAsync(string address, int port, byte[] hello, int piece = int.MaxValue)
    {
        using var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(IPAddress.Parse(address), port, TestCluster.Token);
            foreach (var part in hello.Chunk(Math.Min(piece, hello.Length)))
            {
                await client.GetStream().WriteAsync(part, TestCluster.Token);
            }

            await client.GetStream().WriteAsync("\n"u8.ToArray(), TestCluster.Token);
            var answer = new byte[4];
            await client.GetStream().ReadExactlyAsync(answer, TestCluster.Token);
            return Encoding.ASCII.GetString(answer).TrimEnd();
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return exception is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? "refused" : "reset";
        }
    }

    /// <summary>A TLS 1.2 client hello in one record, with or without a server name.</summary>
    public static byte[] Of(string? serverName)
    {
        byte[] extensions = serverName is null
            ? []
            :
            [
                0,
                0,
                .. Short(serverName.Length + 5),
                .. Short(serverName.Length + 3),
                0,
                .. Short(serverName.Length),
                .. Encoding.ASCII.GetBytes(serverName),
            ];
        byte[] body = [3, 3, .. Enumerable.Repeat((byte)0x55, 32), 0, 0, 2, 0x13, 1, 1, 0, .. Short(extensions.Length), .. extensions];
        return [22, 3, 1, .. Short(body.Length + 4), 1, 0, .. Short(body.Length), .. body];
    }

    public static byte[] Short(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }
}
