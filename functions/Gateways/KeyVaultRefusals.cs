using System.Text.RegularExpressions;
using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>
/// Why a certificate does not come from its vault, mostly from the words of the event FailedMount, pure. The first row that fits counts:
/// <code>
/// words of the provider (Azure/secrets-store-csi-driver-provider-azure)   | reason
/// ------------------------------------------------------------------------+---------------------
/// ForbiddenByFirewall, "Client address is not authorized"                 | KeyVaultAccessDenied, the vault's network
/// SecretDisabled, "disabled secret"                                       | CertificateNotFound, enable it
/// ForbiddenByPolicy, "get permission on key vault"                        | KeyVaultAccessDenied, the access policy
/// Forbidden, "Identity not found"                                         | KeyVaultAccessDenied, the role
/// SecretNotFound, CertificateNotFound                                     | CertificateNotFound
/// DeadlineExceeded, "no such host": also for a vault that does not exist  | KeyVaultUnreachable
/// any other, also of the ReplicaSet                                       | CertificatePending
/// </code>
/// Case matters: Kubernetes says "forbidden" of its own refusals.
/// </summary>
internal static partial class KeyVaultRefusals
{
    private const string NoAdvice = "Follow the message.";

    /// <param name="words">The words of the event, as PodProblems tells them; null without one.</param>
    public static Observation Of(KeyVaultCertificate certificate, SecretsProvider provider, string? words)
    {
        var what = $"The cluster cannot copy {certificate}";
        return words switch
        {
            null => Observation.Unknown(Reasons.CertificatePending, $"The cluster copies {certificate} into a Secret."),
            _ when Has(words, "ForbiddenByFirewall", "Client address is not authorized") => Denied(
                "Let the network of the nodes through the firewall of the vault."
            ),
            // The vault calls this Forbidden too.
            _ when Has(words, "SecretDisabled", "disabled secret") => Observation.Unknown(
                Reasons.CertificateNotFound,
                $"{what}: {Said(words)} Enable that version in the vault."
            ),
            // A vault with access policies ignores roles (Azure documentation, "Azure RBAC vs. access policies").
            _ when Has(words, "ForbiddenByPolicy", "get permission on key vault") => Denied(
                "The vault has access policies. Let the identity of the cluster's secrets provider read secrets: 'az keyvault set-policy "
                    + $"--name {certificate.Vault} --object-id {provider.ObjectId} --secret-permissions get'."
            ),
            _ when Has(words, "Forbidden", "Identity not found") => Denied(
                $"Assign the role Key Vault Secrets User on the vault to the identity of the cluster's secrets provider, object id "
                    + $"{provider.ObjectId}: 'az role assignment create --role \"Key Vault Secrets User\" --assignee-object-id "
                    + $"{provider.ObjectId} --assignee-principal-type ServicePrincipal --scope $(az keyvault show --name "
                    + $"{certificate.Vault} --query id --output tsv)'. A new assignment works after some minutes."
            ),
            _ when Has(words, "SecretNotFound", "CertificateNotFound") => Observation.Unknown(
                Reasons.CertificateNotFound,
                $"{what}: {Said(words)} Import it into the vault, or correct tls.certificate.keyVault."
            ),
            _ when Has(words, "DeadlineExceeded", "no such host") => Observation.Unknown(
                Reasons.KeyVaultUnreachable,
                $"{what}: {Said(words)} Check that the vault exists and that the nodes can reach it."
            ),
            _ => Observation.Unknown(Reasons.CertificatePending, $"{what}: {Said(words)}"),
        };

        Observation Denied(string advice) => Observation.Unknown(Reasons.KeyVaultAccessDenied, $"{what}: {Said(words)} {advice}");
    }

    private static bool Has(string words, params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts)
        {
            if (words.Contains(part, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The message in the provider's error, or else its words, on one line.</summary>
    private static string Said(string words)
    {
        var said = Message().Match(words) is { Success: true } message
            ? message.Groups["text"].Value.Replace(@"\r\n", " ", StringComparison.Ordinal)
            : words;
        said = Space().Replace(said.Replace(NoAdvice, "", StringComparison.Ordinal), " ").Trim();
        return said is [.., '.' or '!' or '?'] ? said : $"{said}.";
    }

    [GeneratedRegex("\"message\": \"(?<text>[^\"]*)\"")]
    private static partial Regex Message();

    [GeneratedRegex(@"[\s-]{2,}|\s")]
    private static partial Regex Space();
}
