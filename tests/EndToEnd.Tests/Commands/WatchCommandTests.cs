namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary>The exit codes of <c>meshport watch</c> and <c>meshport reconcile</c>.</summary>
public sealed class WatchCommandTests : IAsyncDisposable
{
    private const string Echo = """{"gateway":"external","backends":[{"service":"tcpecho","port":9000}],"port":9001}""";
    private readonly ExposureServer _server = new();

    [Fact]
    public async Task Ready_of_an_earlier_spec_has_exit_code_1()
    {
        _server.Set("tcpecho", Echo, generation: 2, ready: "True", observed: 1);
        await _server.StartAsync();

        (await _server.RunAsync("watch", ExposureServer.Cluster))
            .Must(1)
            .Complains("exposure tcpecho: Ready is Unknown (Pending): MeshPort has not observed generation 2 yet.");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
