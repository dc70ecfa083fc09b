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
/// MeshPort may not read it                                     | Unknown, AccessDenied
/// does not exist                                               | False, CertificateNotFound
/// the gateway cannot load it (TlsSecret)                       | False, CertificateInvalid
/// mode mutual, and no authority of clients                     | False, CertificateInvalid
/// the certificate lacks a name of sniHosts, or has no name     | False, CertificateInvalid
/// has expired, or is not yet valid                             | False, CertificateExpired
/// expires within 30 days                                       | none, and a notice with the day
/// any other                                                    | none
/// </code>
/// A gateway serves a certificate that has expired or has other names, but its clients refuse it.
/// </summary>
internal static class Certificates
{
    private static readonly TimeSpan Notice = TimeSpan.FromDays(30);

    /// <returns>Null where nothing keeps the gateway from serving the exposure.</returns>
    public static Observation? FindError(ExposureSpec exposure, ClusterSpec spec, TlsSecrets secrets)
    {
        if (exposure.Certificate is not { } wanted)
        {
            return null;
        }

        var home = AddOn.Gateway(spec, exposure.Gateway).Namespace;
        var (name, secret) = ($"Secret {home}/{wanted.Secret}", secrets.Find(home, wanted.Secret));
        return secret switch
        {
            { Access: SecretAccess.Forbidden } => Observation.Unknown(
                Reasons.AccessDenied,
                $"MeshPort may not read {name}, so it cannot tell whether the gateway can serve it. "
                    + $"Grant its identity the verb get on the secrets of namespace {home} (samples/rbac)."
            ),
            { Access: SecretAccess.Missing } => Observation.False(
                Reasons.CertificateNotFound,
                $"{name} does not exist, so the gateway has no certificate. Create it in the namespace of the gateway, "
                    + $"for example with 'kubectl create secret tls {wanted.Secret} -n {home} --cert=FILE --key=FILE'."
            ),
            { Problem: { } problem } => Invalid($"{name} {problem}. Replace its content."),
            { AuthorityProblem: { } problem } when exposure.Tls is { Mode: TlsMode.Mutual } => Invalid(
                $"Secret {home}/{problem}, and the gateway needs one in mode mutual. Add it there, or create Secret "
                    + $"{wanted.Secret}{CertificateSpec.AuthoritySuffix}."
            ),
            { Certificate: { } certificate } => FindError(certificate, name, exposure, secrets.At),
            _ => null,
        };
    }

    /// <returns>Null where the certificate is valid for longer than 30 days.</returns>
    public static string? FindNotice(ExposureSpec exposure, ClusterSpec spec, TlsSecrets secrets)
    {
        var home = AddOn.Gateway(spec, exposure.Gateway).Namespace;
        return
            exposure.Certificate is { Secret: var name }
            && secrets.Find(home, name).Certificate is { } certificate
            && certificate.NotAfter - secrets.At < Notice
            ? $"The certificate in Secret {home}/{name} expires on {Day(certificate.NotAfter)}. Renew it before."
            : null;
    }

    private static Observation? FindError(PublicCertificate certificate, string name, ExposureSpec exposure, DateTimeOffset now) =>
        certificate.Names.Count == 0
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
