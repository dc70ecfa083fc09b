using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Controllers.SecretsStore;

/// <summary>The data plane of key vaults.</summary>
internal interface IVaults
{
    /// <summary>Reads a certificate as an identity of the nodes.</summary>
    /// <param name="clientId">The identity that the request names.</param>
    /// <returns>The content, or the words of the provider's error.</returns>
    (VaultContent? Content, string Error) Read(string clientId, string vault, VaultObject wanted);

    /// <summary>The content that was read before.</summary>
    VaultContent? Find(string vault, string name, string version);
}
