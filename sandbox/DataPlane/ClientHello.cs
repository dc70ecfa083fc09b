using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// Reads the server name from a TLS client hello without answering it (RFC 8446 sections 4.1.2 and 5.1, RFC 6066 section 3).
/// </summary>
internal static class ClientHello
{
    /// <summary>Envoy's limit for the hello.</summary>
    private const int Longest = 16 * 1024;

    private const int RecordHeader = 5;
    private const int MessageHeader = 4;
    private const byte HandshakeRecord = 22;
    private const byte HelloMessage = 1;

    /// <returns>All bytes read, and the name. The name is empty when the bytes are not a hello or the hello has no name.</returns>
    public static async Task<(ReadOnlyMemory<byte> Seen, string ServerName)> ReadAsync(Socket client, CancellationToken cancellationToken)
    {
        var buffer = new byte[Longest];
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await client.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
            length += read;
            if (read == 0 || Message(buffer.AsSpan(0, length)) is not { Length: 0 })
            {
                break;
            }
        }

        return (buffer.AsMemory(0, length), Name(Message(buffer.AsSpan(0, length)) ?? []) ?? "");
    }

    /// <summary>The hello, which may span several records. Empty while parts are missing, null when the bytes are not a hello.</summary>
    private static byte[]? Message(ReadOnlySpan<byte> records)
    {
        var message = new List<byte>();
        while (records.Length > 0)
        {
            if (records[0] != HandshakeRecord)
            {
                return null;
            }

            if (records.Length < RecordHeader)
            {
                break;
            }

            var size = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(records[3..]), records.Length - RecordHeader);
            message.AddRange(records.Slice(RecordHeader, size));
            records = records[(RecordHeader + size)..];
            if (message.Count > 0 && message[0] != HelloMessage)
            {
                return null;
            }

            if (message.Count >= MessageHeader && message.Count >= MessageHeader + ((message[1] << 16) | (message[2] << 8) | message[3]))
            {
                return [.. message];
            }
        }

        return [];
    }

    private static string? Name(ReadOnlySpan<byte> message)
    {
        const int BeforeSession = MessageHeader + 2 + 32; // version and random
        if (message.Length < BeforeSession)
        {
            return null;
        }

        var rest = message[BeforeSession..];
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
