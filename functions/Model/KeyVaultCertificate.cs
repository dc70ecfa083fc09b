using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>
/// A certificate with an exportable key in Azure Key Vault. A cluster copies it into a Secret by the add-on Azure Key Vault provider for
/// Secrets Store CSI Driver (AKS documentation, "Secure ingress gateway for Istio service mesh add-on").
/// </summary>
/// <param name="Vault">The name of the vault.</param>
/// <param name="Certificate">The name of the certificate in the vault.</param>
public sealed record KeyVaultCertificate(string Vault, string Certificate)
{
    /// <summary>The beginning of the names of MeshPort's objects for certificates of vaults.</summary>
    public const string NamePrefix = "meshport-kv-";

    /// <summary>32 hexadecimal digits; null follows the newest version.</summary>
    public string? Version { get; init; }

    /// <summary>The tenant of the vault; null for the tenant of the cluster.</summary>
    public string? TenantId { get; init; }

    /// <summary>The Secret in the namespace of the gateway. Exposures with the same certificate share it.</summary>
    [JsonIgnore]
    public string SecretName
    {
        get
        {
            var identity = $"{Vault}/{Certificate}/{Version}/{TenantId}".ToLowerInvariant();
            return $"{NamePrefix}{Vault.ToLowerInvariant()}-{ShortHash.Of(identity, 10)}";
        }
    }

    public override string ToString() => $"certificate {Certificate} of key vault {Vault}";
}
