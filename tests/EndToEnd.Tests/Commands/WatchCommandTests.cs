namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary>The exit codes of <c>meshport watch</c> and <c>meshport reconcile</c>.</summary>
public sealed class WatchCommandTests : IAsyncDisposable
{
    private const string Echo = """{"gateway":"external","backends":[{"service":"tcpecho","port":9000}],"port":9001}""";
    private readonly ExposureServer _server = new();

    [Theory]
    [InlineData("watch")]
    [InlineData("reconcile")]
    public async Task An_exposure_of_a_Service_that_is_not_Ready_has_exit_code_1(string command)
    {
        _server.Set("of-service", Echo, ready: "False", owner: "tcpecho");
        await _server.StartAsync();

        (await _server.RunAsync(command, ExposureServer.Cluster))
            .Must(1)
            .Complains("exposure of-service: Reachable is False (WrongAnswer): Observed in generation 1.");
    }

    [Fact]
    public async Task Ready_of_an_earlier_spec_has_exit_code_1()
    {
        _server.Set("tcpecho", Echo, generation: 2, ready: "True", observed: 1);
        await _server.StartAsync();

        (await _server.RunAsync("watch", ExposureServer.Cluster))
            .Must(1)
            .Complains("exposure tcpecho: Ready is Unknown (Pending): MeshPort has not observed generation 2 yet.");
    }

    [Fact]
    public async Task Exposures_that_the_work_adds_and_removes_count_as_they_are_at_its_end()
    {
        _server.Set("goes", Echo, owner: "goes");
        _server.Converge = () =>
        {
            _server.Exposures.Clear();
            _server.Set("comes", Echo, ready: "False", owner: "comes");
        };
        await _server.StartAsync();

        (await _server.RunAsync("reconcile", ExposureServer.Cluster)).Must(1).Complains("exposure comes: Reachable is False");
    }

    [Fact]
    public async Task An_export_has_no_exposures_of_Services()
    {
        _server.Set("own", Echo);
        _server.Set("of-service", Echo, owner: "tcpecho");
        await _server.StartAsync();

        var export = (await _server.RunAsync("export", ExposureServer.Cluster)).Must(0).Says("^- name: own$");

        Assert.DoesNotContain("of-service", export.Output, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
