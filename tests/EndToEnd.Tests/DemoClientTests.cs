using MeshPort.Host.Api;
using MeshPort.Host.Commands;
using MeshPort.Host.Environments;
using MeshPort.Host.Planning;
using MeshPort.Host.Progress;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MeshPort.EndToEnd.Tests;

/// <summary>The demo as a client of the HTTP contract, against an API with scripted answers.</summary>
public sealed class DemoClientTests : IAsyncDisposable
{
    private readonly WebApplication _api;
    private int _looks;

    public DemoClientTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _api = builder.Build();
        _api.MapGet(
            "/operations/{id}",
            (string id) =>
                Results.Text(
                    $$"""{"id":"{{id}}","status":"{{(Interlocked.Increment(ref _looks) < 4 ? "Running" : "Succeeded")}}","""
                        + """ "startedAt":"2026-01-01T12:00:00Z","percent":0,"steps":["""
                        + $$"""{"name":"EnsureCluster","status":"Running","startedAt":"2026-01-01T12:00:00Z","attempts":2}]}""",
                    "application/json"
                )
        );
    }

    private static DesiredEnvironment Cluster(string name) =>
        Walkthrough.Environment with
        {
            Cluster = Walkthrough.Environment.Cluster with { Name = name },
        };

    private static string Ready(string name) =>
        $$"""
            {
              "spec": {},
              "metadata": { "id": "/api/{{name}}", "name": "{{name}}" },
              "status": { "conditions": [{ "type": "Ready", "status": "True" }] }
            }
            """;

    private void MapResources() =>
        _api.MapGet(
            "/api/{**path}",
            (string path) =>
                Results.Text(
                    path.EndsWith("/exposures", StringComparison.Ordinal) ? """{"value":[]}""" : Ready("istiotest"),
                    "application/json"
                )
        );

    [Fact]
    public async Task It_follows_every_operation_to_its_end_and_reports_progress()
    {
        _api.MapPut("/api/{**path}", (HttpResponse response) => response.Headers.Location = "/operations/1");
        _api.MapPost("/api/{**path}", () => Accepted("/operations/2"));
        MapResources();
        using var api = await StartAsync();
        var reports = 0;

        var operations = await AskAsync(api);
        var steps = await new Journey(api, [Walkthrough.Environment]).FollowAsync(
            operations,
            _ => reports++,
            TestContext.Current.CancellationToken
        );

        Assert.Equal(2, operations.Count);

        Assert.Equal("EnsureCluster", Assert.Single(steps).Name);
        Assert.InRange(reports, 2, int.MaxValue); // a terminal is redrawn between the polls, too
    }

    [Fact]
    public async Task An_unchanged_environment_has_no_operation_to_follow()
    {
        _api.MapPut("/api/{**path}", () => Results.Ok());
        _api.MapPost("/api/{**path}", () => Accepted(null));
        MapResources();
        using var api = await StartAsync();

        Assert.Empty(await AskAsync(api));
        Assert.Equal(0, _looks);
    }

    [Fact]
    public async Task Drift_is_repaired_though_another_cluster_changes()
    {
        var (changed, drifted) = (Walkthrough.Environment, Cluster("drifted"));
        var reconciled = new List<string>();
        _api.MapPut(
            "/api/{**path}",
            (string path, HttpResponse response) =>
                response.Headers.Location = path.EndsWith("/drifted", StringComparison.Ordinal) ? default : "/operations/1"
        );
        _api.MapPost(
            "/api/{**path}",
            (string path, HttpResponse response) =>
            {
                if (path.EndsWith("/reconcile", StringComparison.Ordinal))
                {
                    reconciled.Add(path);
                    response.Headers.Location = "/operations/2";
                }

                return Accepted(null);
            }
        );
        using var api = await StartAsync();
        ChangeView[] update = [new("update", "Service default/tcpecho", "", [])];
        var plan = new EnvironmentPlan([new(changed.Cluster, update, [], []), new(drifted.Cluster, update, [], [])]);

        var accepted = await new ApplyRequests(api, [changed, drifted], plan).SendAsync(TestContext.Current.CancellationToken);
        var operations = accepted.Select(request => request.Operation).OfType<Uri>().ToList();

        Assert.EndsWith("/clusters/drifted/reconcile", Assert.Single(reconciled), StringComparison.Ordinal);
        Assert.Equal(2, operations.Count);
    }

    [Fact]
    public async Task Exposures_of_several_clusters_are_reported_with_their_clusters()
    {
        _api.MapGet(
            "/api/{**path}",
            (string path) =>
                Results.Text(
                    path.EndsWith("/exposures", StringComparison.Ordinal) ? $$"""{"value":[{{Ready("tcpecho")}}]}""" : Ready("istiotest"),
                    "application/json"
                )
        );
        using var api = await StartAsync();
        var reports = new List<ProgressReport>();

        await new Journey(api, [Walkthrough.Environment, Cluster("second")]).FollowAsync(
            [new Uri(api.Address, "/operations/1")],
            reports.Add,
            TestContext.Current.CancellationToken
        );

        Assert.Equal(["istiotest/tcpecho", "second/tcpecho"], reports[0].Exposures.Select(exposure => exposure.Name));
    }

    [Fact]
    public async Task A_refusal_is_reported_with_all_its_errors()
    {
        _api.MapPut(
            "/api/{**path}",
            () =>
                Results.Text(
                    """{"title":"The request is not valid","detail":"See errors.","errors":["""
                        + """{"pointer":"/spec/port","code":"X","detail":"Choose another."}]}""",
                    "application/problem+json",
                    statusCode: 409
                )
        );
        using var api = await StartAsync();

        var refusal = await Assert.ThrowsAsync<ApiException>(() => AskAsync(api));

        Assert.StartsWith("The request is not valid. See errors. /spec/port: Choose another. ", refusal.Message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _api.DisposeAsync();

    private static IResult Accepted(string? operation) => Results.Json(new { operation, results = Array.Empty<object>() });

    private static async Task<IReadOnlyList<Uri>> AskAsync(MeshPortApi api)
    {
        var accepted = await new ApplyRequests(api, [Walkthrough.Environment]).SendAsync(TestContext.Current.CancellationToken);
        return [.. accepted.Select(request => request.Operation).OfType<Uri>()];
    }

    private async Task<MeshPortApi> StartAsync()
    {
        await _api.StartAsync(TestContext.Current.CancellationToken);
        return new MeshPortApi(new Uri(_api.Urls.Single()));
    }
}
