using System.Buffers.Binary;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server.Protobuf;

/// <summary>One field on the wire: a number, or bytes.</summary>
internal readonly record struct WireField(int Number, ulong Value, ReadOnlyMemory<byte> Bytes);

/// <summary>Splits a message into its fields (https://protobuf.dev/programming-guides/encoding/).</summary>
internal static class ProtobufReader
{
    /// <exception cref="KubeError">400 when the bytes are not a message.</exception>
    public static IReadOnlyList<WireField> Fields(ReadOnlyMemory<byte> message)
    {
        var fields = new List<WireField>();
        while (!message.IsEmpty)
        {
            var tag = Varint(ref message);
            var number = (int)(tag >> 3);
            fields.Add(
                (tag & 7) switch
                {
                    0 => new WireField(number, Varint(ref message), default),
                    1 => new WireField(number, BinaryPrimitives.ReadUInt64LittleEndian(Take(ref message, 8).Span), default),
                    2 => new WireField(number, 0, Take(ref message, Varint(ref message))),
                    5 => new WireField(number, BinaryPrimitives.ReadUInt32LittleEndian(Take(ref message, 4).Span), default),
                    _ => throw Broken(),
                }
            );
        }

        return fields;
    }

    private static ulong Varint(ref ReadOnlyMemory<byte> rest)
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(ref rest, 1).Span[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Broken();
    }

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> rest, ulong count)
    {
        if (count > (ulong)rest.Length)
        {
            throw Broken();
        }

        var taken = rest[..(int)count];
        rest = rest[(int)count..];
        return taken;
    }

    private static KubeError Broken() => KubeError.BadRequest("unable to decode the body: proto: unexpected EOF");
}
