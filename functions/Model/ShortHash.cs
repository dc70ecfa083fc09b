using System.Security.Cryptography;
using System.Text;

namespace MeshPort.Model;

/// <summary>A hash for names that must be short, stable and different for different texts.</summary>
internal static class ShortHash
{
    /// <returns>The first hexadecimal digits, in lower case, of SHA-256.</returns>
    public static string Of(string text, int digits) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..digits];
}
