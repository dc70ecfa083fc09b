using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshPort.TestKit;

/// <summary>A certificate authority of a test. It signs certificates with any names and times.</summary>
public sealed class TestAuthority : IDisposable
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";
    private static readonly DateTimeOffset First = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Last = new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly X509Certificate2 _certificate;

    public TestAuthority(string name = "Authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        _certificate = request.CreateSelfSigned(First, Last);
    }

    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>The end of its life.</summary>
    public static DateTimeOffset NotAfter => Last;

    /// <param name="from">The begin of the certificate's life; null for long ago.</param>
    /// <param name="to">Its end; null for the far future.</param>
    /// <param name="source">Where it says that the certificate of the authority is.</param>
    public TestCertificate Issue(IEnumerable<string> names, DateTimeOffset? from = null, DateTimeOffset? to = null, Uri? source = null)
    {
        var all = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            all.AddDnsName(name);
        }

        var more = source is null ? null : new X509AuthorityInformationAccessExtension(null, [source.ToString()]);
        return Sign(names.FirstOrDefault() ?? "server", ServerUsage, [all.Build(), more], from, to);
    }

    public TestCertificate IssueClient(string name) => Sign(name, ClientUsage, [], null, null);

    public void Dispose() => _certificate.Dispose();

    private TestCertificate Sign(string name, string usage, X509Extension?[] extensions, DateTimeOffset? from, DateTimeOffset? to)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        foreach (var extension in extensions.OfType<X509Extension>())
        {
            request.CertificateExtensions.Add(extension);
        }

        using var signed = request.Create(_certificate, from ?? First, to ?? Last, RandomNumberGenerator.GetBytes(16));
        return new TestCertificate(signed.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}

/// <summary>A certificate and its key, in PEM.</summary>
public sealed record TestCertificate(string Certificate, string Key)
{
    /// <summary>The certificate with its key, for a handshake.</summary>
    public X509Certificate2 Load()
    {
        using var pair = X509Certificate2.CreateFromPem(Certificate, Key);
        return X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>The data of a Secret of type kubernetes.io/tls, or with the authority of clients beside it.</summary>
    public Dictionary<string, string> Data(string? authority = null)
    {
        var data = new Dictionary<string, string> { ["tls.crt"] = Certificate, ["tls.key"] = Key };
        if (authority is not null)
        {
            data["ca.crt"] = authority;
        }

        return data;
    }
}
