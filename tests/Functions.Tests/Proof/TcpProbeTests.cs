using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MeshPort.Model;
using MeshPort.Proof;
using Xunit;

namespace MeshPort.Functions.Tests.Proof;

public sealed class TcpProbeTests
{
    private static readonly ProbeSpec Jose = new()
    {
        Send = "jose\n",
        Expect = "hello jose",
        Timeout = TimeSpan.FromSeconds(10),
    };

    [Fact]
    public async Task The_right_answer_proves_the_port_even_in_pieces() =>
        Assert.Equal(
            (ConditionStatus.True, Reasons.Answered),
            await ProbeAsync(
                Jose,
                async stream =>
                {
                    await stream.ReadExactlyAsync(new byte[5]);
                    await stream.WriteAsync("hello "u8.ToArray());
                    await stream.FlushAsync();
                    await stream.WriteAsync("jose\n"u8.ToArray());
                }
            )
        );

    [Fact]
    public async Task Another_answer_is_wrong() =>
        Assert.Equal(
            (ConditionStatus.False, Reasons.WrongAnswer),
            await ProbeAsync(Jose, stream => stream.WriteAsync("hello maria\n"u8.ToArray()).AsTask())
        );

    [Fact]
    public async Task A_wrong_answer_is_quoted_in_brief_and_without_control_characters()
    {
        var observation = await AskAsync(
            Jose,
            async stream => await stream.WriteAsync(Encoding.UTF8.GetBytes("\u001b[2J\0" + new string('x', 60_000)))
        );

        Assert.Equal(Reasons.WrongAnswer, observation.Reason);
        Assert.InRange(observation.Message.Length, 200, 500);
        Assert.DoesNotContain(observation.Message, char.IsControl);
    }

    [Fact]
    public async Task The_expected_text_may_come_late_in_a_large_answer_from_a_server_that_never_closes() =>
        Assert.Equal(
            (ConditionStatus.True, Reasons.Answered),
            await ProbeAsync(
                Jose,
                async stream =>
                {
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(new string('x', 50_000) + "hello jo"));
                    await stream.FlushAsync();
                    await stream.WriteAsync("se"u8.ToArray());
                    await WaitForTheClient(stream);
                }
            )
        );

    [Fact]
    public async Task A_probe_shorter_than_the_usual_wait_is_content_with_its_own_time() =>
        Assert.Equal(
            (ConditionStatus.True, Reasons.Connected),
            await ProbeAsync(new ProbeSpec { Timeout = TimeSpan.FromMilliseconds(100) }, WaitForTheClient)
        );

    [Fact]
    public async Task A_connection_that_is_accepted_and_closed_is_no_proof()
    {
        Assert.Equal((ConditionStatus.False, Reasons.ConnectionReset), await ProbeAsync(Jose, _ => Task.CompletedTask));
        Assert.Equal((ConditionStatus.False, Reasons.ConnectionReset), await ProbeAsync(new ProbeSpec(), _ => Task.CompletedTask));
    }

    [Fact]
    public async Task Silence_times_out_where_an_answer_is_expected() =>
        Assert.Equal(
            (ConditionStatus.False, Reasons.ConnectionTimedOut),
            await ProbeAsync(Jose with { Timeout = TimeSpan.FromMilliseconds(200) }, WaitForTheClient)
        );

    [Fact]
    public async Task Without_an_expected_answer_an_open_connection_is_proof() =>
        Assert.Equal((ConditionStatus.True, Reasons.Connected), await ProbeAsync(new ProbeSpec(), WaitForTheClient));

    [Fact]
    public async Task A_closed_port_refuses_the_connection()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        var observation = await TcpProbe.RunAsync("127.0.0.1", port, null, Jose, TestContext.Current.CancellationToken);

        Assert.Equal((ConditionStatus.False, Reasons.ConnectionRefused), (observation.Status, observation.Reason));
    }

    [Fact]
    public async Task A_tls_server_gets_the_name_and_its_certificate_is_not_checked()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=somebody else", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        var asked = "";

        var observation = await ProbeAsync(
            Jose,
            async stream =>
            {
                await using var secured = new SslStream(stream);
                await secured.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate });
                asked = secured.TargetHostName;
                await secured.ReadExactlyAsync(new byte[5]);
                await secured.WriteAsync("hello jose\n"u8.ToArray());
            },
            "db.example.com"
        );

        Assert.Equal((ConditionStatus.True, Reasons.Answered), observation);
        Assert.Equal("db.example.com", asked);
    }

    [Fact]
    public async Task A_server_that_speaks_no_tls_fails_the_handshake() =>
        Assert.Equal(
            (ConditionStatus.False, Reasons.TlsFailed),
            await ProbeAsync(
                Jose,
                async stream =>
                {
                    await stream.WriteAsync("220 mail.example.com ready\r\n"u8.ToArray());
                    await WaitForTheClient(stream);
                },
                "db.example.com"
            )
        );

    private static async Task WaitForTheClient(NetworkStream stream)
    {
        var buffer = new byte[16];
        while (await stream.ReadAsync(buffer) > 0)
        {
            // the server never answers
        }
    }

    private static async Task<(ConditionStatus, string)> ProbeAsync(
        ProbeSpec probe,
        Func<NetworkStream, Task> serve,
        string? serverName = null
    ) => await AskAsync(probe, serve, serverName) is var observation ? (observation.Status, observation.Reason) : default;

    private static async Task<Observation> AskAsync(ProbeSpec probe, Func<NetworkStream, Task> serve, string? serverName = null)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var server = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            await serve(client.GetStream());
        });
        var observation = await TcpProbe.RunAsync(
            "127.0.0.1",
            ((IPEndPoint)listener.LocalEndpoint).Port,
            serverName,
            probe,
            TestContext.Current.CancellationToken
        );
        await server;
        Assert.Contains(Encoding.ASCII.GetString("127.0.0.1"u8), observation.Message, StringComparison.Ordinal);
        return observation;
    }
}
