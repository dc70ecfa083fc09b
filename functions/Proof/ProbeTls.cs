using System.Security.Cryptography.X509Certificates;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Proof;

/// <summary>
/// How a probe speaks TLS. Where the backend ends TLS, its certificate is not checked. Where the gateway does, it must show the certificate
/// of its Secret. Whether clients trust the issuer is for them to know; names and times were checked before (Certificates).
/// </summary>
/// <param name="ServerName">The name in the handshake; an IP address sends none (RFC 6066).</param>
internal sealed record ProbeTls(string ServerName)
{
    /// <summary>The certificate that the gateway must show; null where the backend ends TLS.</summary>
    public PublicCertificate? Expected { get; init; }

    /// <summary>The Secrets of the certificates, for messages.</summary>
    public string Secret { get; init; } = "";

    public string ClientSecret { get; init; } = "";

    /// <summary>Whether the gateway must ask for a certificate of the client.</summary>
    public bool IsMutual { get; init; }

    /// <summary>The probe's own certificate with its key; null without one.</summary>
    public X509Certificate2? Identity { get; init; }

    /// <summary>The name in the handshake of a probe. A wildcard stands for any name below it.</summary>
    public static string NameOf(IReadOnlyList<string> hosts, string address) =>
        hosts is [var host, ..] ? host.Replace("*.", "meshport-probe.", StringComparison.Ordinal) : address;

    /// <returns>Null for plain TCP.</returns>
    public static ProbeTls? Of(ExposureSpec exposure, string address, ClusterSpec spec, TlsSecrets secrets)
    {
        if (exposure.Protocol != ExposureProtocol.Tls)
        {
            return null;
        }

        var name = NameOf(exposure.SniHosts, address);
        if (exposure.Certificate is not { SecretName: var secret })
        {
            return new ProbeTls(name);
        }

        var home = AddOn.Home(spec, exposure.Gateway);
        var client = exposure.Probe.ClientCertificate?.SecretName;
        return new ProbeTls(name)
        {
            Expected = secrets.Find(home, secret).Certificate,
            Secret = $"{home}/{secret}",
            ClientSecret = $"{home}/{client}",
            IsMutual = exposure.Tls is { Mode: TlsMode.Mutual },
            Identity = client is null ? null : secrets.Find(home, client).Identity,
        };
    }

    /// <summary>
    /// The result of a probe that lacks a client certificate; null where it needs none, or has one. The gateway ends the handshake, so only
    /// a client that it accepts reaches the backend.
    /// </summary>
    public static Observation? FindObstacle(ExposureSpec exposure, ClusterSpec spec, TlsSecrets secrets)
    {
        if (exposure.Tls is not { Mode: TlsMode.Mutual })
        {
            return null;
        }

        if (exposure.Probe.ClientCertificate is not { SecretName: var name })
        {
            return NotProven("Set probe.clientCertificate, so that the probe can prove the backend.");
        }

        var home = AddOn.Home(spec, exposure.Gateway);
        return secrets.Find(home, name) switch
        {
            { Access: SecretAccess.Forbidden } => NotProven(
                $"MeshPort may not read Secret {home}/{name} of probe.clientCertificate. Grant its identity the verb get there."
            ),
            { Access: SecretAccess.Missing } => NotProven($"Secret {home}/{name} of probe.clientCertificate does not exist. Create it."),
            { Problem: { } problem } => NotProven($"Secret {home}/{name} of probe.clientCertificate {problem}. Replace its content."),
            { Certificate: { } certificate } when certificate.NotAfter <= secrets.At || certificate.NotBefore > secrets.At => NotProven(
                $"The certificate in Secret {home}/{name} of probe.clientCertificate is not valid now. Renew it."
            ),
            _ => null,
        };
    }

    private static Observation NotProven(string remedy) =>
        Observation.Unknown(Reasons.BackendNotProven, $"The gateway serves only clients with a certificate (tls.mode mutual). {remedy}");
}
