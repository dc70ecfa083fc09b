using System.Buffers.Binary;
using System.Text;

namespace MeshPort.EndToEnd.Tests.Telemetry;

/// <summary>A message in the wire format of protocol buffers, as far as OTLP uses it.</summary>
internal sealed class ProtobufMessage
{
    private readonly List<(int Number, ulong Bits, ReadOnlyMemory<byte> Bytes)> _fields = [];

    public ProtobufMessage(ReadOnlyMemory<byte> wire)
    {
        while (!wire.IsEmpty)
        {
            var key = Varint(ref wire);
            var number = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    _fields.Add((number, Varint(ref wire), default));
                    break;
                case 1:
                    _fields.Add((number, BinaryPrimitives.ReadUInt64LittleEndian(Take(ref wire, 8).Span), default));
                    break;
                case 2:
                    _fields.Add((number, 0, Take(ref wire, (int)Varint(ref wire))));
                    break;
                case 5:
                    _fields.Add((number, BinaryPrimitives.ReadUInt32LittleEndian(Take(ref wire, 4).Span), default));
                    break;
                case var type:
                    throw new InvalidDataException($"Wire type {type} is unknown.");
            }
        }
    }

    public bool Has(int number) => _fields.Exists(field => field.Number == number);

    public IEnumerable<ProtobufMessage> Messages(int number) =>
        _fields.Where(field => field.Number == number).Select(field => new ProtobufMessage(field.Bytes));

    /// <summary>The first message of a field; an empty one if the field is absent.</summary>
    public ProtobufMessage Message(int number) => Messages(number).FirstOrDefault() ?? new ProtobufMessage(default);

    public string Text(int number) => Encoding.UTF8.GetString(Bytes(number).Span);

    public string Hex(int number) => Convert.ToHexStringLower(Bytes(number).Span);

    public ulong Bits(int number) => _fields.LastOrDefault(field => field.Number == number).Bits;

    public double Number(int number) => BitConverter.UInt64BitsToDouble(Bits(number));

    private ReadOnlyMemory<byte> Bytes(int number) => _fields.LastOrDefault(field => field.Number == number).Bytes;

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> wire, int count)
    {
        var taken = wire[..count];
        wire = wire[count..];
        return taken;
    }

    private static ulong Varint(ref ReadOnlyMemory<byte> wire)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = Take(ref wire, 1).Span[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
