using MeshPort.Host.Environments;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary>An apply whose requests end in the middle: of three clusters, the second is the one whose exposures fail.</summary>
public sealed class ApplyRequestsTests : IAsyncDisposable
{
    private const string Accepted = "Accepted: cluster istiotest; exposure tcpecho of cluster istiotest; cluster second.";
    private const string NotSent = "Not sent: cluster third; exposure tcpecho of cluster third.";
    private readonly ScriptedServer _server = new();
    private readonly string _file;

    public ApplyRequestsTests()
    {
        var sample = File.ReadAllText(EnvironmentFile.Sample);
        _file = _server.Home.Write(
            "three.yaml",
            string.Join(
                "\n---\n",
                new[] { "istiotest", "second", "third" }.Select(name =>
                    sample.Replace("  name: istiotest", $"  name: {name}", StringComparison.Ordinal)
                )
            )
        );
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_refusal_says_what_was_accepted_before_and_what_was_not_sent()
    {
        await StartAsync(() =>
            Task.FromResult(
                Results.Text(
                    """{"title":"Some exposures of the batch were refused","detail":"Choose another port."}""",
                    "application/problem+json",
                    statusCode: 409
                )
            )
        );

        (await _server.RunAsync("apply", "-f", _file, "--yes"))
            .Must(1)
            .Complains("meshport: Some exposures of the batch were refused. Choose another port. " + Accepted)
            .Complains($"Refused: exposure tcpecho of cluster second. {NotSent} After that, run the same command again; ")
            .Complains("To watch it, run: meshport watch 00000000-0000-0000-0000-000000000000/istiotest/istiotest");
    }

    [Fact]
    public async Task Ctrl_C_says_what_was_accepted_before_and_what_was_not_sent()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await StartAsync(async () =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, Wait.Time, Token); // until the client hangs up
            return Results.Ok();
        });
        await using var apply = MeshPortProcess.Start(_server.User, "apply", "-f", _file, "--yes");

        await arrived.Task.WaitAsync(Wait.Usual, Wait.Time, Token);
        await apply.InterruptAsync(Token);

        Assert.Equal(130, await apply.ExitCodeAsync(Wait.Usual, Token));
        Assert.Contains(
            $"meshport: Ctrl+C stopped the requests. {Accepted} Perhaps accepted: exposure tcpecho of cluster second. {NotSent}",
            apply.Errors,
            StringComparison.Ordinal
        );
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <param name="second">Answers the request for the exposures of the second cluster.</param>
    private Task StartAsync(Func<Task<IResult>> second) =>
        _server.StartAsync(server =>
        {
            server.MapGet("/api/{**path}", () => ScriptedServer.Json("""{"value":[]}"""));
            server.MapPut(
                "/api/{**path}",
                (string path, HttpContext http) =>
                {
                    if (http.Request.Query.ContainsKey("dryRun"))
                    {
                        return Plan(path);
                    }

                    http.Response.Headers.Location = "/operations/1";
                    return Results.StatusCode(201);
                }
            );
            server.MapPost(
                "/api/{**path}",
                async (string path, HttpRequest request) =>
                    request.Query.ContainsKey("dryRun") ? Plan(path)
                    : path.Contains("/second/", StringComparison.Ordinal) ? await second()
                    : Results.Json(new { operation = "/operations/2", results = Array.Empty<object>() }, statusCode: 202)
            );
        });

    private static IResult Plan(string path) =>
        ScriptedServer.Json($$"""{"changes":[{"action":"create","target":"/api/{{path}}","why":"It is new.","diff":[]}]}""");
}
