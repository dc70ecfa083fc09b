using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s.Models;
using MeshPort.Kubernetes;
using Xunit;

namespace MeshPort.Functions.Tests.Kubernetes;

/// <summary>What Istio and Envoy can load of a Secret.</summary>
public sealed class TlsSecretTests : IDisposable
{
    private static readonly DateTimeOffset Early = new(2027, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void The_public_part_of_a_usable_certificate_is_kept_without_its_key()
    {
        var to = new DateTimeOffset(2027, 3, 1, 12, 0, 0, TimeSpan.Zero);
        var issued = _authority.Issue(["db.example.com", "*.apps.example.com"], to: to);

        var secret = TlsSecret.Of(Secret(issued.Data()), null, keepsKey: false);

        Assert.Null(secret.Problem);
        Assert.Null(secret.Identity);
        Assert.Equal(["*.apps.example.com", "db.example.com"], secret.Certificate?.Names);
        Assert.Equal(to, secret.Certificate?.NotAfter);
        using var loaded = issued.Load();
        Assert.Equal(loaded.RawData, secret.Certificate?.Der.ToArray());
    }

    [Fact]
    public void The_first_certificate_of_a_chain_is_that_of_the_server()
    {
        var data = _authority.Issue(["db.example.com"]).Data();
        data["tls.crt"] += $"\n{_authority.Pem}";

        Assert.Equal(["db.example.com"], TlsSecret.Of(Secret(data), null, keepsKey: false).Certificate?.Names);
    }

    [Fact]
    public void The_older_names_of_the_keys_come_first()
    {
        var data = _authority.Issue(["new.example.com"]).Data();
        var old = _authority.Issue(["old.example.com"]);
        (data["cert"], data["key"]) = (old.Certificate, ""); // an empty key counts as none
        Assert.Equal(["new.example.com"], TlsSecret.Of(Secret(data), null, keepsKey: false).Certificate?.Names);

        data["key"] = old.Key;
        Assert.Equal(["old.example.com"], TlsSecret.Of(Secret(data), null, keepsKey: false).Certificate?.Names);
    }

    [Fact]
    public void A_secret_that_a_gateway_cannot_load_is_explained_without_its_content()
    {
        var good = _authority.Issue(["db.example.com"]);
        var other = _authority.Issue(["other.example.com"]);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var encrypted = key.ExportEncryptedPkcs8PrivateKeyPem(
            "secret",
            new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1)
        );

        var curve = Convert
            .ToHexString(key.ExportPkcs8PrivateKey())
            .Replace("2A8648CE3D030107", "2A8648CE3D03017F", StringComparison.Ordinal);
        var unknown = PemEncoding.WriteString("PRIVATE KEY", Convert.FromHexString(curve));

        Assert.Contains("neither the keys", ProblemOf([]), StringComparison.Ordinal);
        Assert.Contains("neither the keys", ProblemOf(new() { ["tls.crt"] = good.Certificate }), StringComparison.Ordinal);
        foreach (
            var (certificate, wrong) in new[]
            {
                (good.Certificate, other.Key),
                (good.Certificate, encrypted),
                (good.Certificate, unknown),
                ("text", good.Key),
            }
        )
        {
            var problem = ProblemOf(new() { ["tls.crt"] = certificate, ["tls.key"] = wrong });
            Assert.Contains("no certificate in PEM, or its key is", problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_short_rsa_key_is_refused_as_gateways_do()
    {
        using var key = RSA.Create(1024);
        var request = new CertificateRequest("CN=db", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var signed = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));

        Assert.Contains(
            "1024 bits",
            ProblemOf(new() { ["tls.crt"] = signed.ExportCertificatePem(), ["tls.key"] = key.ExportPkcs8PrivateKeyPem() }),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_authority_of_clients_is_in_its_own_secret_or_in_that_of_the_certificate()
    {
        var data = _authority.Issue(["db.example.com"]).Data();
        Assert.Contains("web has no certificate authority", AuthorityProblemOf(data, null), StringComparison.Ordinal);

        data["ca.crt"] = _authority.Pem;
        Assert.Null(AuthorityProblemOf(data, null));
        Assert.Contains("web-cacert has no", AuthorityProblemOf(data, []), StringComparison.Ordinal); // Istio looks only there
        Assert.Null(AuthorityProblemOf(data, new() { ["cacert"] = _authority.Pem }));
        Assert.Contains("in PEM", AuthorityProblemOf(data, new() { ["cacert"] = "text" }), StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_authority_of_clients_decides_until_when_they_get_in()
    {
        using var other = new TestAuthority("Other");
        var data = _authority.Issue(["db.example.com"]).Data($"{_authority.Pem}\n{other.Issue(["x"], to: Early).Certificate}");

        Assert.Equal(TestAuthority.NotAfter, TlsSecret.Of(Secret(data), null, keepsKey: false).AuthorityNotAfter);
        data["ca.crt"] = other.Issue(["x"], to: Early).Certificate;
        Assert.Equal(Early, TlsSecret.Of(Secret(data), null, keepsKey: false).AuthorityNotAfter);
    }

    [Fact]
    public void A_certificate_for_an_address_is_known_as_one()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=db", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));

        Assert.True(PublicCertificate.Of(signed).HasAddresses);
        using var named = _authority.Issue(["db.example.com"]).Load();
        Assert.False(PublicCertificate.Of(named).HasAddresses);
    }

    [Fact]
    public void The_certificate_of_a_client_has_its_key()
    {
        var secret = TlsSecret.Of(Secret(_authority.IssueClient("probe").Data()), null, keepsKey: true);

        Assert.True(secret.Identity?.HasPrivateKey);
    }

    [Theory]
    [InlineData("db.example.com", "db.example.com", true)]
    [InlineData("DB.example.com", "db.example.com", true)]
    [InlineData("*.example.com", "db.example.com", true)]
    [InlineData("*.example.com", "*.example.com", true)]
    [InlineData("*.example.com", "example.com", false)]
    [InlineData("*.example.com", "a.b.example.com", false)]
    [InlineData("*.example.com", "*.b.example.com", false)]
    [InlineData("db.example.com", "*.example.com", false)]
    public void A_wildcard_stands_for_one_label(string name, string host, bool isCovered) =>
        Assert.Equal(isCovered, new PublicCertificate([name], default, default, default).Covers(host));

    private static string? ProblemOf(Dictionary<string, string> data) => TlsSecret.Of(Secret(data), null, keepsKey: false).Problem;

    private static string? AuthorityProblemOf(Dictionary<string, string> data, Dictionary<string, string>? authority) =>
        TlsSecret.Of(Secret(data), authority is null ? null : Secret(authority, "web-cacert"), keepsKey: false).AuthorityProblem;

    private static V1Secret Secret(Dictionary<string, string> data, string name = "web") =>
        new()
        {
            Metadata = new V1ObjectMeta { Name = name },
            Data = data.ToDictionary(one => one.Key, one => Encoding.UTF8.GetBytes(one.Value)),
        };
}
