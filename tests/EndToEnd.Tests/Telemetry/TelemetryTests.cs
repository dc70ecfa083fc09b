using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Azure.Storage.Queues;
using k8s.Models;
using MeshPort.Messages;
using MeshPort.Runtime;
using MeshPort.Sandbox;

namespace MeshPort.EndToEnd.Tests.Telemetry;

/// <summary>The traces, metrics and logs of a whole story, without secrets.</summary>
public sealed class TelemetryTests : IDisposable
{
    private const int AzureTimeScale = 300;

    /// <summary>
    /// Slow enough that the request starts the keeper, and not the watchdog. Otherwise the trace would belong to the watchdog.
    /// </summary>
    private const int TimeScale = 20;
    private const string Key = "sesame-of-the-telemetry-tests";
    private const string ClusterTrace = "5a0c34b8fd2f4a4c8d1be4f3b5d3c001";
    private const string ExposureTrace = "5a0c34b8fd2f4a4c8d1be4f3b5d3c002";
    private readonly TestDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Cluster => Walkthrough.Environment.Path;

    [Fact]
    public async Task Requests_to_Azure_carry_the_trace_before_and_after_a_kill()
    {
        using var azureHears = new ServerSpans();
        await using var azure = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = AzureTimeScale }, Token);
        await using var collector = await OtlpReceiver.StartAsync(Token);
        await using (var first = Serve(azure, collector))
        {
            using var client = Client(await first.ReadyAsync(Token));
            await PutAsync(client, Cluster, Walkthrough.Environment.ClusterSpec, ClusterTrace);
            await Wait.UntilAsync(
                "the cluster is being created",
                Walkthrough.Within,
                () => azure.Operations.Any(operation => operation.Kind == "managedClusters/create"),
                Token
            );
            await Wait.UntilAsync("Azure has received the trace", Walkthrough.Within, () => azureHears.Of(ClusterTrace).Count > 0, Token);
            await first.KillAsync(Token);
        }

        var before = azureHears.Of(ClusterTrace).Count;
        await using var second = Serve(azure, collector);
        using var again = Client(await second.ReadyAsync(Token));
        await Wait.UntilAsync("the cluster is ready", Walkthrough.Within, async () => await IsReadyAsync(again, Cluster), Token);

        Assert.True(azureHears.Of(ClusterTrace).Count > before, "Nothing came after the restart.");
        var puts = azureHears
            .Of(ClusterTrace)
            .Where(span =>
                $"{span.GetTagItem("http.request.method")}" == "PUT"
                && $"{span.GetTagItem("url.path")}".EndsWith(Walkthrough.Environment.ArmId, StringComparison.OrdinalIgnoreCase)
            )
            .ToList();
        Assert.InRange(puts.Count, 1, 2); // the kill may come before MeshPort has noted the first
        Assert.All(puts, put => Assert.True(put.HasRemoteParent));
    }

    [Fact]
    public async Task Traces_metrics_and_logs_describe_a_whole_story_without_secrets()
    {
        await using var azure = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = AzureTimeScale }, Token);
        await using var collector = await OtlpReceiver.StartAsync(Token);
        await using var queues = await LocalHost.StartAsync(
            new LocalHostOptions { Functions = typeof(Assert).Assembly, DataDirectory = Path.Combine(_directory.Path, "queues") },
            Token
        );
        await using var meshPort = Serve(azure, collector, ("AzureWebJobsStorage", queues.QueueConnectionString));
        using var client = Client(await meshPort.ReadyAsync(Token));
        var answers = new StringBuilder();

        using (var put = await PutAsync(client, Cluster, Walkthrough.Environment.ClusterSpec, ClusterTrace))
        {
            Assert.Equal(ClusterTrace, Assert.Single(put.Headers.GetValues("x-ms-correlation-request-id")));
        }

        await Wait.UntilAsync("the cluster is ready", Walkthrough.Within, async () => await IsReadyAsync(client, Cluster), Token);
        var (name, spec) = (Walkthrough.Environment.Exposures[0].Name, Walkthrough.Environment.Exposures[0].Spec);
        using (await PutAsync(client, $"{Cluster}/exposures/{name}", spec, ExposureTrace))
        {
            await Wait.UntilAsync(
                "the exposure is ready",
                Walkthrough.Within,
                async () => await IsReadyAsync(client, $"{Cluster}/exposures/{name}"),
                Token
            );
        }

        await SpoilAsync(azure, name);
        await SendAsync(queues, "no json");
        using (
            var terminated = await client.PostAsync(
                $"/runtime/webhooks/durabletask/instances/{Uri.EscapeDataString(MeshPortHost.Id.KeeperId)}/terminate?code={Key}",
                null,
                Token
            )
        )
        {
            Assert.True(terminated.IsSuccessStatusCode, $"{terminated.StatusCode}");
        }

        await Wait.UntilAsync(
            "drift was repaired",
            Walkthrough.Within,
            async () =>
                (await HistoryAsync(client, $"{Cluster}/exposures/{name}")).Any(entry =>
                    entry.GetProperty("type").GetString() == "Repaired"
                ),
            Token
        );
        await Wait.UntilAsync(
            "the port was opened again",
            Walkthrough.Within,
            async () =>
                (await HistoryAsync(client, $"{Cluster}/exposures/{name}")).Any(entry =>
                    entry.GetProperty("type").GetString() == "PortReverted"
                ),
            Token
        );
        await Wait.UntilAsync(
            "everything was sent",
            Walkthrough.Within,
            () =>
                Metrics.All(metric =>
                    collector.Points.Any(point => (point.Meter, point.Name, point.Unit) == ("MeshPort", metric.Name, metric.Unit))
                ) && Spans.All(isWanted => collector.Spans.Any(isWanted)),
            Token
        );

        AssertMetrics(collector.Points);
        AssertTraces(collector.Spans);
        Assert.Single(
            collector.Lines,
            line =>
                line.Attributes.TryGetValue("CorrelationIds", out var ids)
                && ids.Contains(ExposureTrace, StringComparison.Ordinal)
                && line.Attributes["Outcome"] == "ready"
        );
        Assert.Contains(
            collector.Lines,
            line =>
                line.Body.Contains("Rejected message", StringComparison.Ordinal)
                && line.Attributes["CorrelationId"] == line.Attributes["Message"]
        );
        answers
            .Append(await client.GetStringAsync(Cluster, Token))
            .Append(await client.GetStringAsync($"{Cluster}/exposures/{name}", Token))
            .Append(await client.GetStringAsync("/api/rejections", Token));
        AssertHistory(await HistoryAsync(client, $"{Cluster}/exposures/{name}"));
        using (var removal = await client.DeleteAsync($"{Cluster}?keepAzure=true", Token))
        {
            Assert.True(removal.IsSuccessStatusCode, $"{removal.StatusCode}");
        }

        await Wait.UntilAsync(
            "the removal is logged",
            Walkthrough.Within,
            () =>
                collector.Points.Any(point =>
                    point.Name == "meshport.convergence.duration" && point.Attributes["meshport.outcome"] == "removed"
                ),
            Token
        );
        await Wait.UntilAsync(
            "nothing is ready any more",
            Walkthrough.Within,
            () =>
                collector.Points.Last(point => point.Name == "meshport.exposures" && point.Attributes["meshport.state"] == "ready").Value
                == 0,
            Token
        );

        foreach (
            var secret in (string[])
                [
                    Key,
                    azure.ClientSecret,
                    queues.QueueConnectionString.Split("AccountKey=")[1].Split(';')[0],
                    "eyJ",
                    "BEGIN ",
                    "LS0tLS1CRUdJTi",
                    "certificate-data",
                    "client-key",
                    "Bearer ",
                ]
        )
        {
            Assert.DoesNotContain(secret, $"{collector.Raw}{meshPort.Output}{meshPort.Errors}{answers}", StringComparison.Ordinal);
        }
    }

    public void Dispose() => _directory.Dispose();

    private static readonly (string Name, string Unit)[] Metrics =
    [
        ("meshport.convergence.duration", "s"),
        ("meshport.request.duration", "s"),
        ("meshport.clusters", "{cluster}"),
        ("meshport.backlog.age", "s"),
        ("meshport.resync.delay", "s"),
        ("meshport.ports.free", "{port}"),
        ("meshport.writes", "{write}"),
        ("meshport.drift.repaired", "{repair}"),
        ("meshport.port.reverts", "{revert}"),
        ("meshport.probe.duration", "s"),
        ("meshport.exposures", "{exposure}"),
        ("meshport.keeper.restarts", "{keeper}"),
        ("meshport.queue.age", "s"),
        ("meshport.queue.rejections", "{message}"),
    ];

    private static void AssertMetrics(IReadOnlyList<SentPoint> points)
    {
        Assert.Contains(
            points,
            point => point is { Name: "meshport.convergence.duration", Value: > 0 } && point.Attributes["meshport.outcome"] == "ready"
        );
        Assert.Contains(points, point => point is { Name: "meshport.writes", Value: >= 2 } && point.Attributes["meshport.layer"] == "arm");
        Assert.Contains(
            points,
            point => point is { Name: "meshport.writes", Value: >= 5 } && point.Attributes["meshport.layer"] == "kubernetes"
        );
        Assert.Contains(
            points,
            point => point is { Name: "meshport.drift.repaired", Value: >= 1 } && point.Attributes["meshport.kind"] == "Gateway"
        );
        Assert.Contains(points, point => point is { Name: "meshport.port.reverts", Value: >= 1 });
        Assert.Contains(
            points,
            point =>
                point is { Name: "meshport.probe.duration", Count: >= 1, Value: > 0 }
                && point.Value < 10 * point.Count
                && point.Attributes["meshport.result"] == "Answered"
        );
        Assert.Contains(
            points,
            point => point is { Name: "meshport.exposures", Value: 1 } && point.Attributes["meshport.state"] == "ready"
        );
        Assert.Contains(
            points,
            point => point is { Name: "meshport.keeper.restarts", Value: 1 } && point.Attributes["meshport.keeper.status"] == "Terminated"
        );
        Assert.Contains(points, point => point is { Name: "meshport.queue.age", Count: 1, Value: >= 0 });
        Assert.Contains(
            points,
            point => point is { Name: "meshport.queue.rejections", Value: 1 } && point.Attributes["meshport.code"] == "MalformedJson"
        );
        Assert.All(
            points.Where(point => point.Meter == "MeshPort"),
            point =>
                Assert.All(
                    point.Attributes.Keys,
                    key =>
                        Assert.Contains(
                            key,
                            (string[])
                                [
                                    "meshport.outcome",
                                    "meshport.request",
                                    "meshport.layer",
                                    "meshport.kind",
                                    "meshport.result",
                                    "meshport.cluster",
                                    "meshport.state",
                                    "meshport.code",
                                    "meshport.keeper.status",
                                ]
                        )
                )
        );
    }

    private static readonly Func<SentSpan, bool>[] Spans =
    [
        span => span is { Trace: ExposureTrace, Name: "probe", Source: "MeshPort" } && span.Attributes["meshport.result"] == "Answered",
        span => span.Name == "activity:BeginConvergence" && span.Links.Contains(ClusterTrace),
        span =>
            span is { Source: "Microsoft.AspNetCore", Trace: ClusterTrace } && span.Attributes["meshport.correlation_id"] == ClusterTrace,
        span => span.Name == "function:ExposureQueue",
    ];

    private static void AssertTraces(IReadOnlyList<SentSpan> spans)
    {
        var ofCluster = spans.Where(span => span.Trace == ClusterTrace).DistinctBy(span => span.Id).ToDictionary(span => span.Id);
        var call = Assert.Single(
            ofCluster.Values,
            span =>
                span.Source == "System.Net.Http"
                && span.Attributes["http.request.method"] == "PUT"
                && span.Attributes["url.full"].Contains("managedClusters", StringComparison.OrdinalIgnoreCase)
        );
        var way = new List<string>();
        for (var span = call; span is not null; span = ofCluster.GetValueOrDefault(span.Parent))
        {
            way.Add(span.Name);
        }

        Assert.Equal(
            ["PUT", "activity:EnsureManagedCluster", "orchestration:ConvergeClusterOrchestrator", "orchestration:KeepClusterOrchestrator"],
            way[..4]
        );
        Assert.DoesNotContain(spans, span => span.Source == "System.Net.Http" && span.Parent.Length == 0);
    }

    private static void AssertHistory(IReadOnlyList<JsonElement> history)
    {
        var asked = Assert.Single(history, entry => entry.GetProperty("type").GetString() == "Asked");
        Assert.Equal(ExposureTrace, asked.GetProperty("by").GetProperty("correlationId").GetString());
        Assert.Contains(
            history,
            entry =>
                entry.GetProperty("type").GetString() == "Repaired"
                && entry.GetProperty("target").GetString()!.StartsWith("Gateway ", StringComparison.Ordinal)
        ); // a repair has a target
        Assert.Contains(
            history,
            entry =>
                entry.GetProperty("type").GetString() == "Reachable"
                && entry.GetProperty("status").GetString() == "True"
                && entry.TryGetProperty("latency", out _)
        );
    }

    /// <summary>Deletes the Gateway, and removes the port like the add-on's reconciler.</summary>
    private static async Task SpoilAsync(AzureSandbox azure, string exposure)
    {
        using var cluster = azure.Administrate();
        await cluster.DeleteIstioObjectAsync("gateways", exposure, Token);
        await cluster.DropPortAsync(Token);
    }

    private static async Task SendAsync(LocalHost queues, string text)
    {
        var queue = new QueueClient(
            queues.QueueConnectionString,
            ExposureQueue.Name,
            new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 }
        );
        await queue.CreateIfNotExistsAsync(cancellationToken: Token);
        await queue.SendMessageAsync(text, Token);
    }

    private static async Task<IReadOnlyList<JsonElement>> HistoryAsync(HttpClient client, string path) =>
        [
            .. (await client.GetFromJsonAsync<JsonElement>($"{path}?code={Key}", Token))
                .GetProperty("status")
                .GetProperty("history")
                .EnumerateArray(),
        ];

    private MeshPortProcess Serve(AzureSandbox azure, OtlpReceiver collector, params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string>([.. Walkthrough.Settings(azure), .. collector.Settings])
        {
            ["MeshPort__FunctionKey"] = Key,
        };
        foreach (var (name, value) in more)
        {
            settings[name] = value;
        }

        return MeshPortProcess.Serve(settings, _directory.Path, TimeScale);
    }

    private static HttpClient Client(Uri address)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null })
        {
            BaseAddress = address,
        };
        client.DefaultRequestHeaders.Add("x-functions-key", Key);
        return client;
    }

    private static async Task<HttpResponseMessage> PutAsync(HttpClient client, string path, JsonElement spec, string trace)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, path)
        {
            Content = JsonContent.Create(new { spec }),
            Headers = { { "traceparent", $"00-{trace}-00f067aa0ba902b7-01" } },
        };
        var answer = await client.SendAsync(request, Token);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
        return answer;
    }

    private static async Task<bool> IsReadyAsync(HttpClient client, string path) =>
        (await client.GetFromJsonAsync<JsonElement>(path, Token))
            .GetProperty("status")
            .GetProperty("conditions")
            .EnumerateArray()
            .Any(condition =>
                condition.GetProperty("type").GetString() == "Ready" && condition.GetProperty("status").GetString() == "True"
            );
}
