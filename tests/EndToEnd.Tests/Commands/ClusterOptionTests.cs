using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary><c>--cluster</c> with the full name of a cluster, for which no list is read.</summary>
public sealed class ClusterOptionTests : IAsyncDisposable
{
    private const string Group = "00000000-0000-0000-0000-000000000000/istiotest";
    private readonly ScriptedServer _server = new();

    [Theory]
    [InlineData("get", "exposures", "--ready", "false")]
    [InlineData("events", "--no-follow")]
    public async Task A_misspelt_cluster_is_an_error(params string[] command)
    {
        await StartAsync();

        (await _server.RunAsync([.. command, "--cluster", $"{Group}/isitotest"]))
            .Must(2)
            .Complains($"There is no cluster '{Group}/isitotest'. 'meshport get clusters -A' lists all.");
    }

    [Fact]
    public async Task The_events_of_a_cluster_are_found_in_any_case()
    {
        await StartAsync();

        (await _server.RunAsync("events", "--no-follow", "--cluster", $"{Group}/ISTIOTEST")).Must(0).Says("istiotest .*AsDesired");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task StartAsync() =>
        _server.StartAsync(server =>
        {
            var cluster = ScriptedServer.Resource(CommandLine.ClusterPath);
            var clusters = CommandLine.ClusterPath[..CommandLine.ClusterPath.LastIndexOf('/')];
            server.MapGet(CommandLine.ClusterPath, () => ScriptedServer.Json(cluster));
            server.MapGet(
                $"{clusters}/isitotest",
                () => Results.Text("""{"title":"Not found"}""", "application/problem+json", statusCode: 404)
            );
            server.MapGet(clusters, () => ScriptedServer.Json($$"""{"value":[{{cluster}}]}"""));
            server.MapGet("/api/{**path}", () => ScriptedServer.Json("""{"value":[]}"""));
        });
}
