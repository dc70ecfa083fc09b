using System.Globalization;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// Whether a gateway can end TLS with the certificate of an exposure, pure. The first row that fits counts:
/// <code>
/// Secret in the namespace of the gateway                       | result
/// -------------------------------------------------------------+---------------------------------------
/// of a key vault, and the add-on is missing                    | False, SecretsProviderMissing
/// of a key vault of an unknown tenant                          | False, CertificateInvalid
/// of a key vault, and does not exist                           | as SecretsProvider and KeyVaultRefusals say
/// MeshPort may not read it                                     | Unknown, AccessDenied
/// does not exist                                               | False, CertificateNotFound
/// the gateway cannot load it (TlsSecret)                       | False, CertificateInvalid
/// mode mutual, and no authority of clients                     | False, CertificateInvalid
/// mode mutual, and all authorities of clients have expired     | False, CertificateExpired
/// the certificate lacks a name of sniHosts, or has no name     | False, CertificateInvalid
/// has expired, or is not yet valid                             | False, CertificateExpired
/// it or the authorities of clients expire within 30 days       | none, and a notice
/// the vault cannot be read any more, or the add-on does not    | none, and a notice
/// copy new versions                                            |
/// any other                                                    | none
/// </code>
/// A gateway serves a certificate that has expired or has other names, but its clients refuse it.
/// </summary>
internal static class Certificates
{
    private static readonly TimeSpan Notice = TimeSpan.FromDays(30);

    /// <returns>Null where nothing keeps the gateway from serving the exposure.</returns>
    public static Observation? FindError(ExposureSpec exposure, ClusterSpec spec, ClusterObjects objects)
    {
        var secrets = objects.Secrets;
        if (exposure.Certificate is not { } wanted)
        {
            return null;
        }

        var home = AddOn.Home(spec, exposure.Gateway);
        var (name, secret) = ($"Secret {home}/{wanted.SecretName}", secrets.Find(home, wanted.SecretName));
        return secret switch
        {
            _ when wanted.KeyVault is { } vault && FindError(exposure, vault, secret, spec, objects) is { } error => error,
            { Access: SecretAccess.Forbidden } => Observation.Unknown(
                Reasons.AccessDenied,
                $"MeshPort may not read {name}, so it cannot tell whether the gateway can serve it. "
                    + $"Grant its identity the verb get on the secrets of namespace {home} (samples/rbac)."
            ),
            { Access: SecretAccess.Missing } => Observation.False(
                Reasons.CertificateNotFound,
                $"{name} does not exist, so the gateway has no certificate. Create it in the namespace of the gateway, "
                    + $"for example with 'kubectl create secret tls {wanted.SecretName} -n {home} --cert=FILE --key=FILE'."
            ),
            { Problem: { } problem } => Invalid($"{name} {problem}. Replace its content."),
            { AuthorityProblem: { } problem } when exposure.Tls is { Mode: TlsMode.Mutual } => Invalid(
                $"Secret {home}/{problem}, and the gateway needs one in mode mutual. Add it there, or create Secret "
                    + $"{wanted.SecretName}{CertificateSpec.AuthoritySuffix}."
            ),
            { AuthorityNotAfter: { } end } when exposure.Tls is { Mode: TlsMode.Mutual } && end <= secrets.At => Observation.False(
                Reasons.CertificateExpired,
                $"The authority of clients for {name} expired on {Day(end)}, so the gateway refuses all clients. Replace it."
            ),
            { Certificate: { } certificate } => FindError(certificate, name, exposure, secrets.At) is { } error
                ? error.Reason == Reasons.CertificateExpired && FindStale(wanted, objects) is { } stale
                    ? error with
                    {
                        Message = $"{error.Message} {stale}",
                    }
                    : error
                : null,
            _ => null,
        };
    }

    /// <summary>Whether the obstacle passes by itself when others do their part: the cluster tries again.</summary>
    public static bool Waits(Observation obstacle) =>
        obstacle
            is {
                Status: ConditionStatus.Unknown,
                Reason: Reasons.CertificatePending
                    or Reasons.CertificateNotFound
                    or Reasons.KeyVaultAccessDenied
                    or Reasons.KeyVaultUnreachable
            };

    /// <returns>Null where the certificate is valid for longer than 30 days, and new versions arrive.</returns>
    public static string? FindNotice(ExposureSpec exposure, ClusterSpec spec, ClusterObjects objects)
    {
        if (exposure.Certificate is not { SecretName: var name } certificate)
        {
            return null;
        }

        var home = AddOn.Home(spec, exposure.Gateway);
        if (
            certificate.KeyVault is { } vault
            && objects.SecretsProvider is { Problem: null } provider
            && KeyVaultObjects.FindError(exposure, spec, objects) is { } error
        )
        {
            return $"New versions of the certificate do not arrive. {KeyVaultRefusals.Of(vault, provider, error).Message}";
        }

        var stale = FindStale(certificate, objects);
        var secret = objects.Secrets.Find(home, name);
        var ending =
            secret.Certificate is { } found && found.NotAfter - objects.Secrets.At < Notice
                ? $"The certificate in Secret {home}/{name} expires on {Day(found.NotAfter)}. Renew it before."
            : exposure.Tls is { Mode: TlsMode.Mutual } && secret.AuthorityNotAfter is { } end && end - objects.Secrets.At < Notice
                ? $"The authority of clients for Secret {home}/{name} expires on {Day(end)}. Replace it before."
            : null;
        return ending is null || stale is null ? ending ?? stale : $"{ending} {stale}";
    }

    /// <summary>Why new versions of the certificate of a vault do not reach the gateway; null where they do.</summary>
    private static string? FindStale(CertificateSpec certificate, ClusterObjects objects) =>
        certificate.KeyVault is not null && objects.SecretsProvider is { Problem: null, HasRotation: false }
            ? "New versions of the certificate do not arrive, because rotation is off in the add-on that reads key vaults. Set "
                + "keyVaultSecretsProvider in the spec of the cluster to true, or run 'az aks addon update "
                + "--addon azure-keyvault-secrets-provider --enable-secret-rotation'."
            : null;

    /// <summary>The obstacle between the certificate of a vault and its Secret.</summary>
    private static Observation? FindError(
        ExposureSpec exposure,
        KeyVaultCertificate certificate,
        TlsSecret secret,
        ClusterSpec spec,
        ClusterObjects objects
    ) =>
        objects.SecretsProvider is not { } provider ? null
        : provider.Problem is { } problem
            ? (problem.Status == ConditionStatus.False || secret.Access == SecretAccess.Missing ? problem : null)
        : (certificate.TenantId ?? provider.TenantId) is null
            ? Invalid("The cluster does not tell its tenant. Set tls.certificate.keyVault.tenantId to the tenant of the vault.")
        : secret.Access == SecretAccess.Missing
            ? KeyVaultRefusals.Of(certificate, provider, KeyVaultObjects.FindError(exposure, spec, objects))
        : null;

    private static Observation? FindError(PublicCertificate certificate, string name, ExposureSpec exposure, DateTimeOffset now) =>
        certificate.Names.Count == 0 && !(certificate.HasAddresses && exposure.SniHosts.Count == 0)
            ? Invalid($"The certificate in {name} has no DNS name, so clients refuse it. Issue one with subject alternative names.")
        : exposure.SniHosts.FirstOrDefault(host => !certificate.Covers(host)) is { } uncovered
            ? Invalid(
                $"The certificate in {name} is for {string.Join(", ", certificate.Names)}, not for {uncovered}. "
                    + "Issue one with that name, or correct sniHosts."
            )
        : certificate.NotAfter <= now
            ? Observation.False(
                Reasons.CertificateExpired,
                $"The certificate in {name} expired on {Day(certificate.NotAfter)}, so clients refuse it. Renew it."
            )
        : certificate.NotBefore > now
            ? Observation.False(
                Reasons.CertificateExpired,
                $"The certificate in {name} is not valid before {Day(certificate.NotBefore)}, so clients refuse it. Replace it."
            )
        : null;

    private static Observation Invalid(string message) => Observation.False(Reasons.CertificateInvalid, message);

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
