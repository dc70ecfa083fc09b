using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.World;

/// <summary>The RSA key that signs access tokens (RS256, as Entra's). It is created on first use. Threads may share it.</summary>
public sealed class SigningKey
{
    private readonly Lazy<RSA> _rsa = new(() => RSA.Create(2048));
    private readonly Lock _use = new();

    /// <summary>The key of every sandbox in this process, because it takes about 0.2 s to create one.</summary>
    internal static SigningKey OfProcess { get; } = new();

    internal string Id { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The public key in the format of RFC 7517, for clients that validate tokens themselves.</summary>
    internal JsonObject ToJson()
    {
        var key = _rsa.Value.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["alg"] = "RS256",
            ["kid"] = Id,
            ["n"] = System.Buffers.Text.Base64Url.EncodeToString(key.Modulus),
            ["e"] = System.Buffers.Text.Base64Url.EncodeToString(key.Exponent),
        };
    }

    internal byte[] Sign(string text)
    {
        lock (_use)
        {
            return _rsa.Value.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
    }

    internal bool HasSigned(string text, byte[] signature)
    {
        lock (_use)
        {
            return _rsa.Value.VerifyData(Encoding.ASCII.GetBytes(text), signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
    }
}
