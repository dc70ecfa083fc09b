using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary><c>apply --prune</c> of an exposure that the cluster does not let go.</summary>
public sealed class PruneTests : IAsyncDisposable
{
    private const string Exposures = CommandLine.ClusterPath + "/exposures";
    private const string Operation = CommandLine.ClusterPath + "/operations/1";
    private readonly ScriptedServer _server = new();
    private bool _isDeleted;

    [Fact]
    public async Task An_exposure_that_is_still_there_fails_the_apply()
    {
        await _server.StartAsync(server =>
        {
            server.MapGet(CommandLine.ClusterPath, () => ScriptedServer.Json(ScriptedServer.Resource(CommandLine.ClusterPath)));
            server.MapGet(
                Exposures,
                () => ScriptedServer.Json($$"""{"value":[{{ScriptedServer.Resource($"{Exposures}/tcpecho")}},{{Old()}}]}""")
            );
            server.MapPut(
                CommandLine.ClusterPath,
                (HttpRequest request) =>
                    ScriptedServer.Json(IsDryRun(request) ? """{"changes":[]}""" : ScriptedServer.Resource(CommandLine.ClusterPath))
            );
            server.MapPost(Exposures, Delete);
            server.MapGet(
                Operation,
                () =>
                    ScriptedServer.Json(
                        $$"""{"id":"1","path":"{{Operation}}","status":"Failed","startedAt":"2026-01-01T12:00:00Z","steps":[]}"""
                    )
            );
        });

        (await _server.RunAsync("apply", "-f", CommandLine.Sample, "--prune", "--yes"))
            .Must(1)
            .Says("^Ready  tcpecho at ")
            .Complains("exposure old is still there: AccessDenied: The API server refuses it.");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private IResult Delete(HttpRequest request)
    {
        if (IsDryRun(request))
        {
            return ScriptedServer.Json(
                $$"""{"changes":[{"action":"delete","target":"{{Exposures}}/old","why":"It is not in the file.","diff":[]}]}"""
            );
        }

        _isDeleted = true;
        return Results.Json(new { operation = Operation, results = Array.Empty<object>() }, statusCode: 202);
    }

    private string Old() =>
        $$"""
            {
              "spec": { "port": 9009, "gateway": "external" },
              "metadata": { "id": "{{Exposures}}/old", "name": "old"{{(_isDeleted ? ",\"deletedAt\":\"2026-01-01T12:00:00Z\"" : "")}} },
              "status": {
                "conditions": [{ "type": "Ready", "status": "False", "reason": "AccessDenied", "message": "The API server refuses it." }]
              }
            }
            """;

    private static bool IsDryRun(HttpRequest request) => request.Query.ContainsKey("dryRun");
}
