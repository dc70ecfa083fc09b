using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Storage;

namespace MeshPort.Sandbox.World;

/// <summary>
/// The certificates in key vaults, with their keys and all versions. They belong to the name of a vault, which is unique in Azure.
/// </summary>
public sealed class VaultCertificates(WorldStore store, SandboxCertificates authority, SandboxIds ids)
{
    private const string Table = "vault-certificates";

    /// <summary>Adds a new certificate of the sandbox's authority, or a new version of one.</summary>
    /// <returns>The version: 32 hexadecimal digits.</returns>
    public string Bring(VaultCertificate certificate)
    {
        using var issued = authority.IssueServer(certificate.ServerNames, []);
        using var key = issued.GetECDsaPrivateKey() ?? throw new CryptographicException("The certificate has no key.");
        var id = Id(certificate.Vault, certificate.Name);
        var versions = store.Get(Table, id)?["versions"]?.DeepClone() as JsonArray ?? [];
        var version = ids.NewGuid($"vault/{id}").ToString("N");
        versions.Add(
            new JsonObject
            {
                ["version"] = version,
                ["certificate"] = issued.ExportCertificatePem() + "\n",
                ["key"] = key.ExportPkcs8PrivateKeyPem() + "\n",
            }
        );
        store.Put(Table, id, new JsonObject { ["versions"] = versions });
        return version;
    }

    /// <param name="version">Empty for the newest one.</param>
    /// <returns>Null when the vault lacks it.</returns>
    public VaultContent? Find(string vault, string name, string version) =>
        (store.Get(Table, Id(vault, name))?["versions"] as JsonArray)?.LastOrDefault(known =>
            version.Length == 0 || known?["version"]?.GetValue<string>() == version
        )
            is JsonObject found
            ? new VaultContent(Text(found, "version"), Text(found, "certificate"), Text(found, "key"))
            : null;

    private static string Text(JsonObject found, string field) => found[field]?.GetValue<string>() ?? "";

    private static string Id(string vault, string name) => $"{vault}/{name}";
}

/// <summary>A certificate for a gateway, in a key vault.</summary>
/// <param name="Vault">The name of the vault.</param>
/// <param name="ServerNames">The names in the certificate.</param>
public sealed record VaultCertificate(string Vault, string Name, IReadOnlyList<string> ServerNames);

/// <param name="Certificate">PEM.</param>
/// <param name="Key">The private key as PEM (PKCS 8).</param>
public sealed record VaultContent(string Version, string Certificate, string Key);
