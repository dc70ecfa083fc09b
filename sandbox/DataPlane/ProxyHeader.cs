using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// The PROXY protocol header that Envoy sends to a backend before any other data, as soon as it is connected (HAProxy, proxy-protocol.txt;
/// Envoy, upstream PROXY protocol transport socket).
/// </summary>
/// <param name="IsBinary">Version 2 instead of version 1.</param>
/// <param name="Source">The client as the gateway sees it.</param>
/// <param name="Destination">The gateway's pod.</param>
internal sealed record ProxyHeader(bool IsBinary, IPAddress Source, IPEndPoint Destination)
{
    private static ReadOnlySpan<byte> Signature => [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    /// <summary>Puts the header before the bytes that were read from the client.</summary>
    public ReadOnlyMemory<byte> Before(ReadOnlyMemory<byte> seen, Socket client)
    {
        var port = (client.RemoteEndPoint as IPEndPoint)?.Port ?? 0;
        return (byte[])[.. IsBinary ? Binary(port) : Text(port), .. seen.Span];
    }

    private byte[] Text(int port) =>
        Encoding.ASCII.GetBytes($"PROXY TCP4 {Source.MapToIPv4()} {Destination.Address} {port} {Destination.Port}\r\n");

    private byte[] Binary(int port)
    {
        var ports = new byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(ports, (ushort)port);
        BinaryPrimitives.WriteUInt16BigEndian(ports.AsSpan(2), (ushort)Destination.Port);
        // Version 2 and PROXY, TCP over IPv4, and the length of the addresses.
        return
        [
            .. Signature,
            0x21,
            0x11,
            0,
            12,
            .. Source.MapToIPv4().GetAddressBytes(),
            .. Destination.Address.GetAddressBytes(),
            .. ports,
        ];
    }
}
