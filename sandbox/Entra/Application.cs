using System.Security.Cryptography;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Entra;

/// <summary>The one tenant and the one application of this Entra. The secret is made at start and lives in memory only.</summary>
internal sealed class Application
{
    public const string TenantId = "a1b2c3d4-0000-4000-8000-5a4db0c50001";
    public const string ClientId = "a1b2c3d4-0000-4000-8000-5a4db0c50002";
    public const string ObjectId = "a1b2c3d4-0000-4000-8000-5a4db0c50003";

    public string Secret { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    public TokenIdentity Identity { get; } = new(ObjectId, "meshport-sandbox", []);

    public bool IsSecret(string candidate) =>
        CryptographicOperations.FixedTimeEquals(System.Text.Encoding.UTF8.GetBytes(candidate), System.Text.Encoding.UTF8.GetBytes(Secret));
}
