using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary>What <c>meshport delete</c> asks the server for.</summary>
public sealed class DeleteCommandTests : IAsyncDisposable
{
    private const string Cluster = "00000000-0000-0000-0000-000000000000/istiotest/istiotest";
    private const string Operation = CommandLine.ClusterPath + "/operations/1";
    private readonly ScriptedServer _server = new();
    private readonly List<string> _deletions = [];

    /// <summary>An option may stand before the subcommand. It must not be lost: without it, Azure's cluster would be deleted.</summary>
    [Theory]
    [InlineData("?keepAzure=true", "delete", "--keep-azure", "--yes", "cluster", Cluster)]
    [InlineData("?keepAzure=true", "delete", "cluster", Cluster, "--keep-azure", "--yes")]
    [InlineData("", "delete", "--yes", "cluster", Cluster)]
    public async Task An_option_counts_before_and_after_the_subcommand(string query, params string[] command)
    {
        await StartAsync();

        (await _server.RunAsync(command)).Must(0).Says("^Deleted  ");

        Assert.Equal([query], _deletions);
    }

    [Theory]
    [InlineData("either by -f", "delete", "-f", "samples/tcpecho.yaml", "cluster", Cluster, "--yes")]
    [InlineData("--keep-azure is for clusters", "delete", "--keep-azure", "exposure", "tcpecho", "--cluster", Cluster, "--yes")]
    public async Task Options_that_do_not_go_together_are_refused(string error, params string[] command)
    {
        await StartAsync();

        (await _server.RunAsync(command)).Must(2).Complains(error);

        Assert.Empty(_deletions);
    }

    [Fact]
    public async Task A_refusal_tells_what_is_being_deleted_already()
    {
        await StartAsync();
        var file = Path.Combine(_server.Home.Path, "both.yaml");
        var first = await File.ReadAllTextAsync(CommandLine.Sample, TestContext.Current.CancellationToken);
        var second = first.Replace("name: istiotest", "name: second", StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, $"{first}\n---\n{second}", TestContext.Current.CancellationToken);

        (await _server.RunAsync("delete", "-f", file, "--yes"))
            .Must(1)
            .Complains($"is deleting {CommandLine.ClusterPath}. To watch it")
            .Complains("busy");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task StartAsync() =>
        _server.StartAsync(server =>
        {
            server.MapGet(
                Operation,
                () =>
                    ScriptedServer.Json(
                        $$"""{"id":"1","path":"{{Operation}}","status":"Succeeded","startedAt":"2026-01-01T12:00:00Z","steps":[]}"""
                    )
            );
            server.MapGet(
                "{**path}",
                (HttpRequest request) =>
                    _deletions.Count > 0
                        ? Results.Json(new { title = "Not found" }, statusCode: 404)
                        : ScriptedServer.Json(ScriptedServer.Resource(request.Path))
            );
            server.MapDelete("{**path}", Delete);
        });

    private IResult Delete(HttpContext http)
    {
        if (http.Request.Query.ContainsKey("dryRun"))
        {
            return ScriptedServer.Json("""{"changes":[]}""");
        }

        if (_deletions.Count > 0)
        {
            return Results.Json(new { title = "Conflict", detail = "The cluster is busy." }, statusCode: 409);
        }

        _deletions.Add($"{http.Request.QueryString}");
        http.Response.Headers.Location = Operation;
        return Results.StatusCode(202);
    }
}
