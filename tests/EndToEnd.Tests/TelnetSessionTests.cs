using System.Net;
using System.Net.Sockets;
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

    private async Task ResetAsync()
    {
        using var socket = await _listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
    }

    private static DesiredExposure Exposure(int port, string probe) =>
        new("tcpecho", JsonSerializer.Deserialize<JsonElement>($$"""{"port":{{port}},"probe":{{probe}}}"""));
}
