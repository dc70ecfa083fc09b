using System.Text;

namespace MeshPort.Sandbox.Kubernetes.Server.OpenApi;

/// <summary>
/// Writes one protocol buffers message (https://protobuf.dev/programming-guides/encoding/). Omitted fields have their default.
/// </summary>
internal sealed class ProtobufWriter
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;
    private readonly MemoryStream _bytes = new();

    public byte[] ToArray() => _bytes.ToArray();

    public void Text(int field, string? value)
    {
        if (value is not null)
        {
            Bytes(field, Encoding.UTF8.GetBytes(value));
        }
    }

    public void Flag(int field, bool value)
    {
        if (value)
        {
            Number((ulong)((field << 3) | Varint));
            Number(1);
        }
    }

    public void Real(int field, double value)
    {
        Number((ulong)((field << 3) | Fixed64));
        _bytes.Write(BitConverter.GetBytes(BitConverter.DoubleToInt64Bits(value)));
    }

    public void Message(int field, ProtobufWriter value) => Bytes(field, value.ToArray());

    private void Bytes(int field, byte[] value)
    {
        Number((ulong)((field << 3) | LengthDelimited));
        Number((ulong)value.Length);
        _bytes.Write(value);
    }

    private void Number(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.WriteByte((byte)(value | 0x80));
        }

        _bytes.WriteByte((byte)value);
    }
}
