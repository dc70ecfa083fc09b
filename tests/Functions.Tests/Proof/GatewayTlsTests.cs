using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Proof;
using Xunit;

namespace MeshPort.Functions.Tests.Proof;

/// <summary>A probe of a gateway that ends TLS itself.</summary>
public sealed class GatewayTlsTests : IDisposable
{
    private static readonly ProbeSpec Jose = new()
    {
        Send = "jose\n",
        Expect = "hello jose",
        Timeout = TimeSpan.FromSeconds(10),
    };

    private readonly TestAuthority _authority = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task The_certificate_of_the_secret_and_an_answer_prove_the_exposure()
    {
        var issued = _authority.Issue(["db.example.com"]);

        var observation = await ProbeAsync(Expecting(issued), issued);

        Assert.Equal((ConditionStatus.True, Reasons.Answered), (observation.Status, observation.Reason));
    }

    [Fact]
    public async Task Another_certificate_of_the_same_authority_and_name_proves_nothing()
    {
        var observation = await ProbeAsync(Expecting(_authority.Issue(["db.example.com"])), _authority.Issue(["db.example.com"]));

        Assert.Equal((ConditionStatus.False, Reasons.TlsFailed), (observation.Status, observation.Reason));
        Assert.Contains(
            "another certificate than that of Secret ingress/web: CN=db.example.com",
            observation.Message,
            StringComparison.Ordinal
        );
    }

    /// <summary>The system would complete the chain by a download, whose address the server chooses.</summary>
    [Fact]
    public async Task The_addresses_in_a_certificate_are_not_visited()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var issued = _authority.Issue(["db.example.com"], source: new Uri($"http://{listener.LocalEndpoint}/authority.crt"));

        var observation = await ProbeAsync(Expecting(issued), issued);

        Assert.Equal((ConditionStatus.True, Reasons.Answered), (observation.Status, observation.Reason));
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task A_gateway_without_its_certificate_resets_and_is_explained()
    {
        var observation = await ProbeAsync(Expecting(_authority.Issue(["db.example.com"])), null);

        Assert.Equal((ConditionStatus.False, Reasons.TlsFailed), (observation.Status, observation.Reason));
        Assert.Contains("has not loaded Secret ingress/web yet", observation.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task In_mode_mutual_the_probe_shows_its_certificate(SslProtocols version)
    {
        var issued = _authority.Issue(["db.example.com"]);
        using var identity = _authority.IssueClient("probe").Load();
        var tls = Expecting(issued) with { IsMutual = true, Identity = identity, ClientSecret = "ingress/probe" };

        var good = await ProbeAsync(tls, issued, client => client?.Subject == "CN=probe", version);
        var bad = await ProbeAsync(tls, issued, _ => false, version);

        Assert.Equal((ConditionStatus.True, Reasons.Answered), (good.Status, good.Reason));
        Assert.Equal((ConditionStatus.False, Reasons.ConnectionReset), (bad.Status, bad.Reason)); // this server sends no alert
        Assert.Contains("the authority of the client certificate in Secret ingress/probe must be", bad.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_asks_for_no_certificate_is_not_mutual()
    {
        var issued = _authority.Issue(["db.example.com"]);
        using var identity = _authority.IssueClient("probe").Load();

        var observation = await ProbeAsync(Expecting(issued) with { IsMutual = true, Identity = identity }, issued);

        Assert.Equal((ConditionStatus.False, Reasons.TlsFailed), (observation.Status, observation.Reason));
        Assert.Contains("clients without a certificate, although", observation.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_gateway_that_asks_for_a_certificate_is_not_in_mode_terminate(SslProtocols version)
    {
        var issued = _authority.Issue(["db.example.com"]);

        var observation = await ProbeAsync(Expecting(issued), issued, client => client is not null, version);

        Assert.Equal((ConditionStatus.False, Reasons.TlsFailed), (observation.Status, observation.Reason));
        Assert.Contains("although tls.mode is terminate", observation.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "Set probe.clientCertificate")]
    [InlineData("missing", "does not exist")]
    [InlineData("broken", "has no key")]
    [InlineData("old", "is not valid now")]
    [InlineData("good", null)]
    public void Without_a_certificate_of_the_probe_the_backend_is_not_proven(string? name, string? expected)
    {
        var now = DateTimeOffset.UnixEpoch;
        PublicCertificate Until(DateTimeOffset end) => new([], now.AddDays(-9), end, default);
        var secrets = new TlsSecrets(
            now,
            new Dictionary<(string, string), TlsSecret>
            {
                [("aks-istio-ingress", "broken")] = new(SecretAccess.Read) { Problem = "has no key" },
                [("aks-istio-ingress", "old")] = new(SecretAccess.Read) { Certificate = Until(now) },
                [("aks-istio-ingress", "good")] = new(SecretAccess.Read) { Certificate = Until(now.AddDays(1)) },
            }
        );
        var exposure = new ExposureSpec
        {
            Port = 9443,
            Protocol = ExposureProtocol.Tls,
            Tls = new TlsSpec(TlsMode.Mutual) { Certificate = new CertificateSpec("web") },
            Probe = new ProbeSpec { ClientCertificate = name is null ? null : new CertificateSpec(name) },
            Backends = [new BackendSpec("web", "default", 80, 100)],
        };

        var obstacle = ProbeTls.FindObstacle(exposure, new ClusterSpec { Location = "eastus2" }, secrets);

        Assert.Equal(expected is null, obstacle is null);
        Assert.Contains(expected ?? "", obstacle?.Message ?? "", StringComparison.Ordinal);
        Assert.True(obstacle is null or { Status: ConditionStatus.Unknown, Reason: Reasons.BackendNotProven });
    }

    private static ProbeTls Expecting(TestCertificate issued)
    {
        using var loaded = issued.Load();
        return new ProbeTls("db.example.com") { Expected = PublicCertificate.Of(loaded), Secret = "ingress/web" };
    }

    /// <summary>Probes an echo server behind TLS.</summary>
    /// <param name="shown">Null resets the connection.</param>
    /// <param name="accept">Decides on the client's certificate; null asks for none.</param>
    private static async Task<Observation> ProbeAsync(
        ProbeTls tls,
        TestCertificate? shown,
        Func<X509Certificate?, bool>? accept = null,
        SslProtocols version = SslProtocols.None
    )
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, shown, accept, version);
        var observation = await TcpProbe.RunAsync(
            "127.0.0.1",
            ((IPEndPoint)listener.LocalEndpoint).Port,
            tls,
            Jose,
            OpenTime.Brief,
            TimeProvider.System,
            Token
        );
        await serving;
        return Assert.IsType<Observation>(observation);
    }

    private static async Task ServeAsync(
        TcpListener listener,
        TestCertificate? shown,
        Func<X509Certificate?, bool>? accept,
        SslProtocols version
    )
    {
        using var client = await listener.AcceptTcpClientAsync(Token);
        if (shown is null)
        {
            await client.Client.ReceiveAsync(new byte[1], Token);
            client.Client.LingerState = new LingerOption(true, 0);
            return;
        }

        using var certificate = shown.Load();
        await using var secured = new SslStream(
            client.GetStream(),
            leaveInnerStreamOpen: false,
            (_, theirs, _, _) => accept is null || accept(theirs)
        );
        try
        {
            await secured.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    // Offline: this side completes its chain by no download either.
                    ServerCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
                    ClientCertificateRequired = accept is not null,
                    EnabledSslProtocols = version,
                },
                Token
            );
            using var reader = new StreamReader(secured, Encoding.UTF8);
            await secured.WriteAsync(Encoding.UTF8.GetBytes($"hello {await reader.ReadLineAsync(Token)}\n"), Token);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            return; // the probe tells how it ended
        }
    }
}
