using MeshPort.Gateways;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Gateways;

/// <summary>Rows of <see cref="KeyVaultRefusals"/> beside those of the plan cases.</summary>
public sealed class KeyVaultRefusalsTests
{
    private static readonly KeyVaultCertificate Certificate = new("edge-certs", "web");

    /// <summary>The answer of a vault for a version that somebody has disabled, which no role changes.</summary>
    [Fact]
    public void A_disabled_certificate_needs_no_role()
    {
        var observation = KeyVaultRefusals.Of(
            Certificate,
            new SecretsProvider(null),
            "FailedMount: RESPONSE 403: 403 Forbidden ERROR CODE: Forbidden "
                + "code: Forbidden, message: Operation get is not allowed on a disabled secret., innererror: SecretDisabled"
        );

        Assert.Equal((ConditionStatus.Unknown, Reasons.CertificateNotFound), (observation.Status, observation.Reason));
        Assert.EndsWith("Enable that version in the vault.", observation.Message, StringComparison.Ordinal);
    }

    /// <summary>The answer of a vault that ignores roles.</summary>
    [Fact]
    public void A_vault_with_access_policies_needs_a_policy()
    {
        var observation = KeyVaultRefusals.Of(
            Certificate,
            new SecretsProvider(null, "client", "object"),
            "FailedMount: RESPONSE 403: 403 Forbidden ERROR CODE: Forbidden code: Forbidden, message: The user, group or application "
                + "'appid=client;oid=object' does not have secrets get permission on key vault 'edge-certs;location=eastus2'."
        );

        Assert.Equal((ConditionStatus.Unknown, Reasons.KeyVaultAccessDenied), (observation.Status, observation.Reason));
        Assert.EndsWith(
            "'az keyvault set-policy --name edge-certs --object-id object --secret-permissions get'.",
            observation.Message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("role assignment", observation.Message, StringComparison.Ordinal);
    }
}
