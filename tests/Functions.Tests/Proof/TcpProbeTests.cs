using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MeshPort.Model;
using MeshPort.Proof;
using Xunit;

namespace MeshPort.Functions.Tests.Proof;

public sealed class TcpProbeTests
{
    /// <summary>The connection stayed open without data, so no observation follows from it alone.</summary>
    private static readonly (ConditionStatus, string) Open = (ConditionStatus.Unknown, "open");

    /// <summary>Longer than the least time.</summary>
    private static readonly OpenTime Long = new(TimeSpan.FromSeconds(1.5));

    /// <summary>Longer than the server waits until it closes, also on a busy machine.</summary>
    private static readonly OpenTime UntilClosed = new(TimeSpan.FromMinutes(1));

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

    /// <summary>Linux has no route for TCP to a multicast address, as to any address of IPv6 in a network without IPv6.</summary>
    [Fact]
    public async Task An_IPv6_address_without_a_way_to_it_is_not_proven()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux refuses this address at once.");

        var observation = await TcpProbe.RunAsync(
            "ff0e::1",
            9000,
            null,
            Jose,
            OpenTime.Brief,
            TimeProvider.System,
            TestContext.Current.CancellationToken
        );

        Assert.Equal((ConditionStatus.Unknown, Reasons.IpFamilyNotProven), (observation?.Status, observation?.Reason));
        Assert.Contains("[ff0e::1]:9000", observation?.Message, StringComparison.Ordinal);
    }

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
            Jose with
            {
                Expect = "hello\u001b]52;c;eA==\u0007",
            }, // a tenant may write it in an annotation
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
    public async Task A_short_timeout_does_not_shorten_the_time_that_a_connection_must_stay_open()
    {
        var timeout = TimeSpan.FromMilliseconds(100);
        var started = Stopwatch.GetTimestamp();

        Assert.Equal(Open, await ProbeAsync(new ProbeSpec { Timeout = timeout }, WaitForTheClient));
        Assert.True(Stopwatch.GetElapsedTime(started) > timeout * 2);
    }

    [Fact]
    public async Task A_gateway_that_gives_up_its_backend_is_no_proof() =>
        Assert.Equal(
            (ConditionStatus.False, Reasons.ConnectionReset),
            await ProbeAsync(
                new ProbeSpec(),
                async stream => await Task.Delay(OpenTime.Least * 2, TestContext.Current.CancellationToken), // its connect timeout
                open: UntilClosed
            )
        );

    [Fact]
    public async Task A_server_that_speaks_first_is_proven_by_its_first_bytes() =>
        Assert.Equal(
            (ConditionStatus.True, Reasons.Answered),
            await ProbeAsync(
                new ProbeSpec(),
                async stream =>
                {
                    await stream.WriteAsync("220 mail.example.com ready\r\n"u8.ToArray());
                    await WaitForTheClient(stream);
                }
            )
        );

    [Fact]
    public async Task Any_answer_to_a_text_proves_the_backend() =>
        Assert.Equal(
            (ConditionStatus.True, Reasons.Answered),
            await ProbeAsync(
                new ProbeSpec { Send = "jose\n" },
                async stream =>
                {
                    await stream.ReadExactlyAsync(new byte[5]);
                    await stream.WriteAsync("h"u8.ToArray());
                    await WaitForTheClient(stream);
                }
            )
        );

    [Fact]
    public async Task A_partial_answer_is_quoted_when_the_rest_does_not_come() =>
        Assert.Equal(
            (ConditionStatus.False, Reasons.WrongAnswer),
            await ProbeAsync(
                Jose with
                {
                    Timeout = TimeSpan.FromSeconds(3),
                },
                async stream =>
                {
                    await stream.WriteAsync("hello jo"u8.ToArray());
                    await WaitForTheClient(stream);
                }
            )
        );

    [Fact]
    public async Task A_connection_that_is_accepted_and_closed_is_no_proof()
    {
        Assert.Equal((ConditionStatus.False, Reasons.ConnectionReset), await ProbeAsync(Jose, _ => Task.CompletedTask));
        Assert.Equal(
            (ConditionStatus.False, Reasons.ConnectionReset),
            await ProbeAsync(new ProbeSpec(), _ => Task.CompletedTask, open: UntilClosed)
        );
    }

    [Fact]
    public async Task Silence_times_out_where_an_answer_is_expected() =>
        Assert.Equal(
            (ConditionStatus.False, Reasons.ConnectionTimedOut),
            await ProbeAsync(Jose with { Timeout = TimeSpan.FromMilliseconds(200) }, WaitForTheClient)
        );

    [Fact]
    public async Task Without_an_expected_answer_a_connection_that_stays_open_is_told() =>
        Assert.Equal(Open, await ProbeAsync(new ProbeSpec(), WaitForTheClient));

    [Fact]
    public async Task A_closed_port_refuses_the_connection()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        var observation = await TcpProbe.RunAsync(
            "127.0.0.1",
            port,
            null,
            Jose,
            OpenTime.Brief,
            TimeProvider.System,
            TestContext.Current.CancellationToken
        );

        Assert.Equal((ConditionStatus.False, Reasons.ConnectionRefused), (observation?.Status, observation?.Reason));
    }

    [Fact]
    public async Task A_tls_server_gets_the_name_and_its_certificate_is_not_checked()
    {
        using var certificate = Certificate();
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

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_tls_server_that_asks_for_a_client_certificate_is_reached(SslProtocols version)
    {
        using var certificate = Certificate();

        Assert.Equal(
            (ConditionStatus.True, Reasons.Connected),
            await ProbeAsync(new ProbeSpec(), stream => RefuseAsync(stream, certificate, version), "db.example.com")
        );
        Assert.Equal(
            (ConditionStatus.False, Reasons.TlsFailed),
            await ProbeAsync(Jose, stream => RefuseAsync(stream, certificate, version), "db.example.com")
        );
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

    private static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=somebody else", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }

    /// <summary>Serves only clients with a certificate.</summary>
    private static async Task RefuseAsync(NetworkStream stream, X509Certificate2 certificate, SslProtocols version)
    {
        await using var secured = new SslStream(stream, leaveInnerStreamOpen: false, (_, theirs, _, _) => theirs is not null);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
            ClientCertificateRequired = true,
            EnabledSslProtocols = version,
        };
        await Assert.ThrowsAnyAsync<AuthenticationException>(() => secured.AuthenticateAsServerAsync(options));
    }

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
        string? serverName = null,
        OpenTime? open = null
    ) => await FindAsync(probe, serve, serverName, open) is { } observation ? (observation.Status, observation.Reason) : Open;

    private static async Task<Observation> AskAsync(ProbeSpec probe, Func<NetworkStream, Task> serve) =>
        Assert.IsType<Observation>(await FindAsync(probe, serve, null));

    private static async Task<Observation?> FindAsync(
        ProbeSpec probe,
        Func<NetworkStream, Task> serve,
        string? serverName,
        OpenTime? open = null
    )
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
            serverName is null ? null : new ProbeTls(serverName),
            probe,
            open ?? Long,
            TimeProvider.System,
            TestContext.Current.CancellationToken
        );
        await server;
        Assert.True(observation?.Message.Contains("127.0.0.1:", StringComparison.Ordinal) ?? true);
        return observation;
    }
}
