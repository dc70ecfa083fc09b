using MeshPort.Host.Api;
using MeshPort.Host.Progress;
using Microsoft.AspNetCore.Builder;

namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary>A server that is away for a moment while a command follows it.</summary>
public sealed class LostServerTests : IAsyncDisposable
{
    private const string Exposures = CommandLine.ClusterPath + "/exposures";
    private readonly ScriptedServer _server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("get", "exposures", "-w")]
    [InlineData("events")]
    public async Task A_command_that_runs_until_Ctrl_C_survives_it(params string[] arguments)
    {
        await _server.StartAsync(server => Serve(server, "first"));
        await using var command = MeshPortProcess.Start(_server.User, arguments);
        await command.SaysAsync("first", Wait.Usual, Token);

        await _server.StopAsync();
        await SaysOnErrorAsync(command, "does not answer: Connection refused.");
        await _server.StartAsync(server => Serve(server, "second"));

        await command.SaysAsync("second", Wait.Usual, Token);
        await SaysOnErrorAsync(command, "The server is back.");
        Assert.Contains("Trying again until Ctrl+C.", command.Errors, StringComparison.Ordinal);
        await command.InterruptAsync(Token);
        Assert.Equal(130, await command.ExitCodeAsync(Wait.Usual, Token));
    }

    [Fact]
    public async Task A_command_that_follows_an_operation_survives_it()
    {
        await _server.StartAsync(server => Serve(server, "first", "Running"));
        await using var watch = MeshPortProcess.Start(_server.User, "watch", "00000000-0000-0000-0000-000000000000/istiotest/istiotest");
        await watch.SaysAsync("EnsureCluster", Wait.Usual, Token);

        await _server.StopAsync();
        await SaysOnErrorAsync(watch, "Trying again for 60 s.");
        await _server.StartAsync(server => Serve(server, "first", "Succeeded"));

        Assert.Equal(0, await watch.ExitCodeAsync(Wait.Usual, Token));
        Assert.Contains("The server is back.", watch.Errors, StringComparison.Ordinal);
        Assert.Matches("EnsureCluster +succeeded", watch.Output);
    }

    [Fact]
    public async Task A_server_that_stays_away_is_not_reachable()
    {
        var told = new List<string?>();

        var exception = await Assert.ThrowsAsync<UnreachableException>(() =>
            new Patience(TimeSpan.Zero, told.Add).ReadAsync<int>(() => throw new ApiException("It answered 502.", 502), Token)
        );

        Assert.Equal("It answered 502. It was away for 0 s.", exception.Message);
        Assert.Equal(["It answered 502. Trying again for 0 s."], told);
    }

    [Fact]
    public async Task An_answer_that_refuses_is_no_absence() =>
        await Assert.ThrowsAsync<ApiException>(() =>
            new Patience(Patience.Usual, Assert.Null).ReadAsync<int>(() => throw new ApiException("Not found.", 404), Token)
        );

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static void Serve(WebApplication server, string exposure, string operation = "Succeeded")
    {
        var step =
            """{"name":"EnsureCluster","status":"STATUS","startedAt":"2026-01-01T12:00:00Z","endedAt":"2026-01-01T12:00:09Z"}""".Replace(
                "STATUS",
                operation,
                StringComparison.Ordinal
            );
        var operations = $"{CommandLine.ClusterPath}/operations";
        var running =
            $$"""{"id":"1","path":"{{operations}}/1","status":"{{operation}}","startedAt":"2026-01-01T12:00:00Z","steps":[{{step}}]}""";
        var cluster = ScriptedServer.Resource(CommandLine.ClusterPath);
        var found = ScriptedServer.Resource($"{Exposures}/{exposure}");
        server.MapGet("/api/clusters", () => ScriptedServer.Json($$"""{"value":[{{cluster}}]}"""));
        server.MapGet("/api/exposures", () => ScriptedServer.Json($$"""{"value":[{{found}}]}"""));
        server.MapGet(CommandLine.ClusterPath, () => ScriptedServer.Json(cluster));
        server.MapGet(Exposures, () => ScriptedServer.Json("""{"value":[]}"""));
        server.MapGet($"{Exposures}/{exposure}", () => ScriptedServer.Json(found));
        server.MapGet(operations, () => ScriptedServer.Json($$"""{"value":[{{running}}]}"""));
        server.MapGet($"{operations}/1", () => ScriptedServer.Json(running));
    }

    private static Task SaysOnErrorAsync(MeshPortProcess process, string text) =>
        Wait.UntilAsync($"says '{text}'", Wait.Usual, () => process.Errors.Contains(text, StringComparison.Ordinal), Token);
}
