using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s.Models;

namespace MeshPort.Kubernetes;

/// <summary>
/// What MeshPort keeps of a Secret with a certificate, in memory and for one pass: its public part, and whether a gateway can serve it.
/// The key of a certificate is kept only for the probe's own handshake.
/// </summary>
/// <param name="Access">Whether MeshPort could read the Secret.</param>
internal sealed record TlsSecret(SecretAccess Access)
{
    /// <summary>Envoy refuses smaller RSA keys (envoyproxy/envoy, source/common/tls/context_impl.cc).</summary>
    private const int SmallestRsaKey = 2048;

    public static readonly TlsSecret Missing = new(SecretAccess.Missing);
    public static readonly TlsSecret Forbidden = new(SecretAccess.Forbidden);

    /// <summary>Why a gateway cannot serve the certificate, as the end of a sentence; null when it can.</summary>
    public string? Problem { get; init; }

    /// <summary>Why a gateway cannot check clients; null when it can.</summary>
    public string? AuthorityProblem { get; init; }

    /// <summary>When the last of the authorities of clients expires; null without one.</summary>
    public DateTimeOffset? AuthorityNotAfter { get; init; }

    public PublicCertificate? Certificate { get; init; }

    /// <summary>Whether a gateway shows the certificate; otherwise only the probe does.</summary>
    public bool IsOfGateway { get; init; }

    /// <summary>The certificate with its key, for the probe; null where the probe does not use it.</summary>
    public X509Certificate2? Identity { get; init; }

    /// <summary>Reads a Secret as Istio does: <c>cert</c> and <c>key</c> come before <c>tls.crt</c> and <c>tls.key</c>.</summary>
    /// <param name="authority">The Secret with the suffix -cacert, which comes before the Secret itself; null without one.</param>
    public static TlsSecret Of(V1Secret secret, V1Secret? authority, bool keepsKey)
    {
        var (problem, notAfter) = ReadAuthority(authority ?? secret);
        return Read(secret, keepsKey) with { AuthorityProblem = problem, AuthorityNotAfter = notAfter };
    }

    private static TlsSecret Read(V1Secret secret, bool keepsKey)
    {
        if ((Pair(secret, "cert", "key") ?? Pair(secret, "tls.crt", "tls.key")) is not var (certificate, key))
        {
            return Unusable("has neither the keys tls.crt and tls.key nor cert and key, or they are empty");
        }

        try
        {
            using var pair = X509Certificate2.CreateFromPem(certificate, key);
            using var rsa = pair.GetRSAPublicKey();
            return rsa?.KeySize < SmallestRsaKey
                ? Unusable($"has an RSA key with {rsa.KeySize} bits, and gateways need at least {SmallestRsaKey}")
                : new TlsSecret(SecretAccess.Read)
                {
                    Certificate = PublicCertificate.Of(pair),
                    // Some systems use no key that exists in memory only.
                    Identity = keepsKey ? X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null) : null,
                };
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            // The words of the exception may depend on the content.
            return Unusable("has no certificate in PEM, or its key is encrypted, unreadable or that of another certificate");
        }
    }

    private static (string? Problem, DateTimeOffset? NotAfter) ReadAuthority(V1Secret secret)
    {
        if ((Value(secret, "cacert") ?? Value(secret, "ca.crt")) is not { } authority)
        {
            return ($"{secret.Name()} has no certificate authority of clients in the key ca.crt or cacert", null);
        }

        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(authority);
            return certificates.Count == 0
                ? ($"{secret.Name()} has no certificate authority in PEM", null)
                : (null, (DateTimeOffset?)certificates.Max(one => one.NotAfter).ToUniversalTime());
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            return ($"{secret.Name()} has a certificate authority that cannot be read", null);
        }
    }

    /// <summary>Keys of EC have exceptions of their own, one of them for a curve that the system does not know.</summary>
    private static bool IsUnreadable(Exception exception) =>
        exception is CryptographicException or ArgumentException or NotSupportedException;

    private static TlsSecret Unusable(string problem) => new(SecretAccess.Read) { Problem = problem };

    private static (string Certificate, string Key)? Pair(V1Secret secret, string certificate, string key) =>
        (Value(secret, certificate), Value(secret, key)) is ({ } one, { } other) ? (one, other) : null;

    /// <returns>Null for a missing or empty key.</returns>
    private static string? Value(V1Secret secret, string key) =>
        secret.Data?.TryGetValue(key, out var value) == true && value.Length > 0 ? Encoding.UTF8.GetString(value) : null;
}

internal enum SecretAccess
{
    Read,
    Missing,
    Forbidden,
}
