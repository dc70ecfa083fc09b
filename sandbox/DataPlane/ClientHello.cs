using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>Reads the server name from a TLS client hello without answering it (RFC 8446 section 4.1.2, RFC 6066 section 3).</summary>
internal static class ClientHello
{
    private const int Longest = 16 * 1024;

    /// <returns>All bytes that were read, and the name; null when the bytes are not a hello or it has no name.</returns>
    public static async Task<(ReadOnlyMemory<byte> Seen, string? ServerName)> ReadAsync(Socket client, CancellationToken cancellationToken)
    {
        var buffer = new byte[Longest];
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await client.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
            length += read;
            var whole = length >= 5 && length >= 5 + BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(3));
            if (read == 0 || whole || buffer[0] != 22)
            {
                break;
            }
        }

        return (buffer.AsMemory(0, length), Name(buffer.AsSpan(0, length)));
    }

    private static string? Name(ReadOnlySpan<byte> record)
    {
        // record header 5, handshake header 4, version 2, random 32
        if (record.Length < 44 || record[0] != 22 || record[5] != 1)
        {
            return null;
        }

        var rest = record[43..];
        return Skip(ref rest, 1) && Skip(ref rest, 2) && Skip(ref rest, 1) && rest.Length > 2 ? Extension(rest[2..]) : null;
    }

    private static string? Extension(ReadOnlySpan<byte> extensions)
    {
        while (extensions.Length >= 4)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            var length = BinaryPrimitives.ReadUInt16BigEndian(extensions[2..]);
            if (extensions.Length < 4 + length)
            {
                return null;
            }

            if (type == 0 && length > 5)
            {
                var name = extensions.Slice(4 + 5, length - 5);
                return Encoding.ASCII.GetString(name);
            }

            extensions = extensions[(4 + length)..];
        }

        return null;
    }

    /// <summary>Skips a vector with a length prefix of one or two bytes.</summary>
    private static bool Skip(ref ReadOnlySpan<byte> rest, int prefix)
    {
        if (rest.Length < prefix)
        {
            return false;
        }

        var length = prefix + (prefix == 1 ? rest[0] : BinaryPrimitives.ReadUInt16BigEndian(rest));
        if (rest.Length < length)
        {
            return false;
        }

        rest = rest[length..];
        return true;
    }
}
