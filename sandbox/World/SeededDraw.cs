using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MeshPort.Sandbox.World;

/// <summary>Pseudo-random values that depend only on a seed and a purpose, not on the order in which threads draw them.</summary>
internal static class SeededDraw
{
    /// <summary>From 0 (inclusive) to 1 (exclusive).</summary>
    public static double Fraction(int seed, string purpose) =>
        (BinaryPrimitives.ReadUInt64LittleEndian(Hash(seed, purpose)) >> 11) * (1.0 / (1UL << 53));

    /// <summary>In the form of a random GUID (RFC 9562, version 4).</summary>
    public static Guid Guid(int seed, string purpose)
    {
        var bytes = Hash(seed, purpose).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static byte[] Hash(int seed, string purpose) => SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{purpose}"));
}
