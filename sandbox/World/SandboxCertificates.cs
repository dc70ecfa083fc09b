using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshPort.Sandbox.World;

/// <summary>
/// A certificate authority created at start. It signs server certificates for loopback and client certificates for kubeconfigs.
/// </summary>
public sealed class SandboxCertificates : IDisposable
{
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);
    private readonly X509Certificate2 _authority;
    private readonly TimeProvider _time;

    /// <param name="time">Real time: clients check certificates against their own clock.</param>
    public SandboxCertificates(TimeProvider time)
    {
        _time = time;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=MeshPort sandbox CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true)
        );
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = time.GetUtcNow();
        _authority = request.CreateSelfSigned(now.AddHours(-1), now + Lifetime);
    }

    /// <summary>The authority's certificate, for clients to trust.</summary>
    public string AuthorityPem => _authority.ExportCertificatePem();

    public X509Certificate2 Authority => _authority;

    /// <summary>A server certificate for the given DNS names and addresses.</summary>
    public X509Certificate2 IssueServer(IEnumerable<string> dnsNames, IEnumerable<IPAddress> addresses)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in dnsNames)
        {
            names.AddDnsName(name);
        }

        foreach (var address in addresses)
        {
            names.AddIpAddress(address);
        }

        return Issue("CN=MeshPort sandbox", "1.3.6.1.5.5.7.3.1", names.Build());
    }

    /// <summary>A client certificate. A Kubernetes API server takes the user (CN) and its groups (O) from the subject.</summary>
    public X509Certificate2 IssueClient(string user, IEnumerable<string> groups)
    {
        var subject = new X500DistinguishedNameBuilder();
        foreach (var group in groups)
        {
            subject.AddOrganizationName(group);
        }

        subject.AddCommonName(user);
        return Issue(subject.Build().Name, ClientUsage, subjectAlternativeNames: null);
    }

    /// <summary>The client certificate that a certificate request asks for. It does not outlive the authority.</summary>
    public X509Certificate2 SignClient(CertificateRequest asked, TimeSpan lifetime)
    {
        var request = new CertificateRequest(asked.SubjectName, asked.PublicKey, HashAlgorithmName.SHA256);
        Describe(request, ClientUsage, X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment);
        using var key = _authority.GetECDsaPrivateKey() ?? throw new InvalidOperationException("The authority has no key.");
        var now = _time.GetUtcNow();
        var (end, last) = (now + lifetime, new DateTimeOffset(_authority.NotAfter));
        return request.Create(
            _authority.SubjectName,
            X509SignatureGenerator.CreateForECDsa(key),
            now.AddMinutes(-5),
            end < last ? end : last,
            RandomNumberGenerator.GetBytes(16)
        );
    }

    public void Dispose() => _authority.Dispose();

    private static void Describe(CertificateRequest request, string usage, X509KeyUsageFlags keyUsage)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(keyUsage, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
    }

    private X509Certificate2 Issue(string subject, string usage, X509Extension? subjectAlternativeNames)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        Describe(request, usage, X509KeyUsageFlags.DigitalSignature);
        if (subjectAlternativeNames is not null)
        {
            request.CertificateExtensions.Add(subjectAlternativeNames);
        }

        var now = _time.GetUtcNow();
        using var certificate = request.Create(
            _authority,
            now.AddMinutes(-30),
            now + Lifetime - TimeSpan.FromDays(1),
            RandomNumberGenerator.GetBytes(16)
        );
        return certificate.CopyWithPrivateKey(key);
    }
}
