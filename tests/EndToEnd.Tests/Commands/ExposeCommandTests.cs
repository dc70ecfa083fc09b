namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary><c>meshport expose</c> for exposures that exist.</summary>
public sealed class ExposeCommandTests : IAsyncDisposable
{
    private const string Echo = """{"gateway":"external","backends":[{"service":"tcpecho","port":9000}],"port":9001}""";
    private readonly ExposureServer _server = new();

    [Fact]
    public async Task The_same_command_again_follows_the_work_on_a_changed_spec()
    {
        _server.Set("tcpecho-9001", Echo, generation: 2, ready: "True", observed: 1);
        _server.IsConverging = true;
        _server.Converge = () => _server.Set("tcpecho-9001", Echo, generation: 2, ready: "False", observed: 2);
        await _server.StartAsync();

        var again = (await _server.ExposeAsync("9001", "--to", "tcpecho:9000"))
            .Must(1)
            .Complains("exposure tcpecho-9001: Reachable is False (WrongAnswer): Observed in generation 2.");

        Assert.False(_server.IsConverging);
        Assert.DoesNotContain("Ready  tcpecho-9001", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_command_again_follows_the_work_on_a_new_exposure()
    {
        _server.Set("tcpecho-9001", Echo, ready: "Unknown", observed: 0);
        _server.IsConverging = true;
        _server.Converge = () => _server.Set("tcpecho-9001", Echo);
        await _server.StartAsync();

        (await _server.ExposeAsync("9001", "--to", "tcpecho:9000")).Must(0).Says("^Ready  tcpecho-9001 at ");
    }

    [Fact]
    public async Task Ready_of_an_earlier_spec_is_not_Ready()
    {
        _server.Set("tcpecho-9001", Echo, generation: 2, ready: "True", observed: 1);
        await _server.StartAsync();

        (await _server.ExposeAsync("9001", "--to", "tcpecho:9000"))
            .Must(1)
            .Complains("exposure tcpecho-9001: Ready is Unknown (Pending): MeshPort has not observed generation 2 yet.");
    }

    [Fact]
    public async Task An_exposure_that_is_Ready_waits_for_no_work_of_others()
    {
        _server.Set("tcpecho-9001", Echo);
        _server.IsConverging = true;
        await _server.StartAsync();

        (await _server.ExposeAsync("9001", "--to", "tcpecho:9000")).Must(0);

        Assert.True(_server.IsConverging);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
