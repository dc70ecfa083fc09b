using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.DataPlane.Tls;

/// <summary>
/// The Secret that <c>credentialName</c> of a Gateway names, as istiod and Envoy read it (istio: pilot/pkg/credentials/kube/secrets.go).
/// The keys <c>cert</c> and <c>key</c> come before <c>tls.crt</c> and <c>tls.key</c>. The authority of clients is in a Secret with the
/// suffix <c>-cacert</c>, or else in the same Secret: <c>cacert</c> comes before <c>ca.crt</c>. istiod serves an expired certificate.
/// </summary>
/// <param name="Authority">The certificates that may sign those of clients; null in mode SIMPLE.</param>
internal sealed record TlsCredential(
    X509Certificate2 Certificate,
    X509Certificate2Collection Intermediates,
    X509Certificate2Collection? Authority
)
{
    private const string AuthoritySuffix = "-cacert";

    /// <summary>Envoy refuses smaller RSA keys (source/common/tls/context_impl.cc).</summary>
    private const int SmallestRsaKey = 2048;

    /// <returns>The credential, or the reason why the gateway does not get it.</returns>
    public static (TlsCredential? Credential, string Why) Read(ObjectStore store, string home, string name, bool needsAuthority)
    {
        if (store.Get(ResourceCatalog.Secret, home, name) is not { } secret)
        {
            return (null, $"secret {home}/{name} not found");
        }

        if ((Pair(secret, "cert", "key") ?? Pair(secret, "tls.crt", "tls.key")) is not var (certificate, key))
        {
            return (null, $"secret {home}/{name} lacks a certificate or its key");
        }

        var source = store.Get(ResourceCatalog.Secret, home, name + AuthoritySuffix) ?? secret;
        var authority = needsAuthority ? Value(source, "cacert") ?? Value(source, "ca.crt") : "";
        if (authority is null)
        {
            return (null, $"secret {home}/{source.Name()} lacks the certificate authority of clients");
        }

        try
        {
            return Load(certificate, key, needsAuthority ? Certificates(authority) : null);
        }
        // The last two come from keys of EC.
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or NotSupportedException)
        {
            return (null, $"secret {home}/{name} cannot be loaded: {exception.Message}");
        }
    }

    private static (TlsCredential? Credential, string Why) Load(string certificate, string key, X509Certificate2Collection? authority)
    {
        var chain = Certificates(certificate);
        if (chain.Count == 0 || authority is { Count: 0 })
        {
            return (null, "the Secret has no certificate in PEM");
        }

        using var pair = X509Certificate2.CreateFromPem(certificate, key);
        using var rsa = pair.GetRSAPublicKey();
        if (rsa?.KeySize < SmallestRsaKey)
        {
            return (null, "Envoy supports only RSA keys with 2,048 bits or more");
        }

        chain.RemoveAt(0);
        // Some systems do not serve a key that exists in memory only.
        var loaded = X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
        return (new TlsCredential(loaded, chain, authority), "");
    }

    private static X509Certificate2Collection Certificates(string pem)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(pem);
        return certificates;
    }

    private static (string Certificate, string Key)? Pair(JsonObject secret, string certificate, string key) =>
        (Value(secret, certificate), Value(secret, key)) is ({ } one, { } other) ? (one, other) : null;

    /// <returns>Null for a missing or empty key.</returns>
    private static string? Value(JsonObject secret, string key) =>
        secret["data"]?[key]?.ToString() is { Length: > 0 } text ? Encoding.UTF8.GetString(Convert.FromBase64String(text)) : null;
}
