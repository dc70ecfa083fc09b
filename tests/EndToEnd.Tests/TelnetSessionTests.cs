using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using MeshPort.Host.Environments;
using MeshPort.Host.Probes;

namespace MeshPort.EndToEnd.Tests;

public sealed class TelnetSessionTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly StringWriter _transcript = new() { NewLine = "\n" };

    public TelnetSessionTests() => _listener.Start();

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    [Fact]
    public async Task The_exchange_is_shown_as_telnet_would_show_it()
    {
        var server = AnswerAsync("hello ", "jose\n");

        var error = await TalkAsync("""{"send":"jose\n","expect":"hello jose"}""");

        Assert.Null(error);
        Assert.Equal(
            $"$ telnet 127.0.0.1 {Port}\nTrying 127.0.0.1...\nConnected to 127.0.0.1.\njose\nhello jose\n",
            _transcript.ToString()
        );
        await server;
    }

    [Fact]
    public async Task A_connection_that_is_closed_too_early_is_a_failure_that_says_so()
    {
        var server = AnswerAsync("hel");

        Assert.Contains(
            "was closed before 'hello jose' was heard",
            await TalkAsync("""{"send":"jose\n","expect":"hello jose"}"""),
            StringComparison.Ordinal
        );
        await server;
    }

    [Fact]
    public async Task A_reset_connection_is_a_failure_that_fits_into_a_sentence()
    {
        var server = ResetAsync();

        var error = await TalkAsync("""{"expect":"hello jose"}""");

        Assert.Matches($@"^127\.0\.0\.1:{Port}: .*[^.]$", error);
        await server;
    }

    [Fact]
    public async Task A_closed_port_is_a_failure_that_names_the_port()
    {
        var port = Port;
        _listener.Stop();

        var error = await new TelnetSession(_transcript).TalkAsync(
            "127.0.0.1",
            Exposure(port, "{}"),
            TestContext.Current.CancellationToken
        );

        Assert.StartsWith($"127.0.0.1:{port}: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_an_answer_is_waited_for_as_long_as_the_probe_says()
    {
        Assert.Equal($"127.0.0.1:{Port} did not answer within 0.2 s", await TalkAsync("""{"expect":"hello jose","timeout":"PT0.2S"}"""));
    }

    [Fact]
    public async Task Another_port_can_be_probed()
    {
        var server = AnswerAsync("hello jose\n");
        var exposure = Exposure(9, """{"send":"jose\n","expect":"hello jose"}""");

        Assert.Null(await new TelnetSession(_transcript).TalkAsync("127.0.0.1", exposure, TestContext.Current.CancellationToken, Port));
        await server;
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, null)]
    [InlineData(SslProtocols.Tls13, null)]
    [InlineData(SslProtocols.Tls13, "hello jose")]
    public async Task A_backend_that_asks_for_a_client_certificate_is_reached(SslProtocols version, string? expect)
    {
        var server = SecureAsync(
            new SslServerAuthenticationOptions { ClientCertificateRequired = true, EnabledSslProtocols = version },
            (_, theirs, _, _) => theirs is not null
        );
        var probe = expect is null ? "{}" : $$"""{"expect":"{{expect}}"}""";

        var error = await new TelnetSession(_transcript).TalkAsync(
            "127.0.0.1",
            Tls("db.example.com", probe),
            TestContext.Current.CancellationToken
        );

        Assert.Contains("The backend asks for a client certificate", _transcript.ToString(), StringComparison.Ordinal);
        if (expect is null)
        {
            Assert.Null(error);
        }
        else
        {
            Assert.Contains("Remove probe.expect", error, StringComparison.Ordinal);
        }

        await Assert.ThrowsAnyAsync<AuthenticationException>(() => server);
    }

    [Fact]
    public async Task A_wildcard_is_proved_by_a_name_below_it()
    {
        var server = SecureAsync(new SslServerAuthenticationOptions(), (_, _, _, _) => true);

        Assert.Null(
            await new TelnetSession(_transcript).TalkAsync(
                "127.0.0.1",
                Tls("*.example.com", """{"expect":"hello"}"""),
                TestContext.Current.CancellationToken
            )
        );

        Assert.Equal("meshport-probe.example.com", await server);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _transcript.Dispose();
    }

    private Task<string?> TalkAsync(string probe) =>
        new TelnetSession(_transcript).TalkAsync("127.0.0.1", Exposure(Port, probe), TestContext.Current.CancellationToken);

    private async Task AnswerAsync(params string[] pieces)
    {
        using var client = await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var buffer = new byte[64];
        await client.GetStream().ReadAtLeastAsync(buffer, "jose\n".Length, cancellationToken: TestContext.Current.CancellationToken);
        foreach (var piece in pieces)
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(piece), TestContext.Current.CancellationToken);
        }
    }

    /// <returns>The name that the client requested.</returns>
    private async Task<string> SecureAsync(SslServerAuthenticationOptions options, RemoteCertificateValidationCallback accept)
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest(
            "CN=somebody else",
            key,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        ).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        options.ServerCertificate = certificate;
        using var client = await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var secured = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, accept);
        await secured.AuthenticateAsServerAsync(options, TestContext.Current.CancellationToken);
        await secured.WriteAsync("hello\n"u8.ToArray(), TestContext.Current.CancellationToken);
        return secured.TargetHostName;
    }

    private async Task ResetAsync()
    {
        using var socket = await _listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
    }

    private DesiredExposure Tls(string host, string probe) =>
        new(
            "db",
            JsonSerializer.Deserialize<JsonElement>($$"""{"port":{{Port}},"protocol":"TLS","sniHosts":["{{host}}"],"probe":{{probe}}}""")
        );

    private static DesiredExposure Exposure(int port, string probe) =>
        new("tcpecho", JsonSerializer.Deserialize<JsonElement>($$"""{"port":{{port}},"probe":{{probe}}}"""));
}
