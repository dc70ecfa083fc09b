using System.Text.RegularExpressions;
using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>
/// Reads a certificate in Azure Key Vault (Learn, "Naming rules and restrictions for Azure resources", and "About keys, secrets, and
/// certificates").
/// </summary>
internal static partial class KeyVaultValidator
{
    private static readonly TextRule VaultName = TextRule.Of(
        Vault(),
        text =>
            $"'{text}' is not the name of a key vault. Write 3 to 24 letters, digits and hyphens, first a letter, last no hyphen, and no "
            + "two hyphens in sequence."
    );

    private static readonly TextRule CertificateName = TextRule.Of(
        Certificate(),
        text => $"'{text}' is not the name of a certificate in a vault. Write 1 to 127 letters, digits and hyphens."
    );

    private static readonly TextRule VersionName = TextRule.Of(
        Version(),
        text => $"'{text}' is not a version. Write 32 hexadecimal digits in lower case, or leave it out to follow the newest version."
    );

    private static readonly TextRule TenantId = TextRule.Of(Tenant(), text => $"'{text}' is not a tenant id. Write a GUID.");

    /// <param name="reader">The reader of the field <c>keyVault</c>.</param>
    public static KeyVaultCertificate Read(SpecReader reader)
    {
        var certificate = new KeyVaultCertificate(
            reader.Text("vault", required: true, check: VaultName) ?? "",
            reader.Text("certificate", required: true, check: CertificateName) ?? ""
        )
        {
            Version = reader.Text("version", check: VersionName),
            TenantId = reader.Text("tenantId", check: TenantId),
        };
        reader.RefuseUnknown();
        return certificate;
    }

    [GeneratedRegex(@"^[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]\z")]
    private static partial Regex Vault();

    [GeneratedRegex(@"^[a-zA-Z0-9-]{1,127}\z")]
    private static partial Regex Certificate();

    [GeneratedRegex(@"^[0-9a-f]{32}\z")]
    private static partial Regex Version();

    [GeneratedRegex(ClusterId.SubscriptionText + @"\z")]
    private static partial Regex Tenant();
}
