using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Azure.Core.Diagnostics;
using MeshPort.Model;
using MeshPort.Sandbox.Faults;
using MeshPort.State;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests;

/// <summary>
/// Many clusters of one subscription share its request limits. All become ready, throttling is rare, and MeshPort respects it.
/// </summary>
public sealed partial class ThrottlingTests
{
    private const int Clusters = 20;

    /// <summary>The time between an answer and its event.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(5);

    private static readonly FaultRule ThrottledReads = new()
    {
        Layer = FaultLayer.Arm,
        Kind = FaultKind.Throttle,
        Operation = "GET managedClusters",
        RetryAfter = 120,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Many_concurrent_clusters_stay_within_Azures_limits_and_respect_Retry_After(bool isStrict)
    {
        await using var host = await MeshPortHost.StartAsync(Token); // the sandbox has the request limits of Azure
        if (isStrict)
        {
            host.Sandbox.World.Faults.Add(ThrottledReads with { Every = 5 });
        }

        var spec = MeshPortHost.ClusterSpec();
        spec.Remove("network"); // with kubenet, clusters cannot share one
        var heard = new ConcurrentQueue<Heard>();
        using var listener = Listen(host, heard);

        await Task.WhenAll(
            Enumerable
                .Range(1, Clusters)
                .Select(async number =>
                {
                    using var answer = await host.Client.PutAsJsonAsync($"{MeshPortHost.Cluster}{number}", new { spec }, Token);
                    Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
                })
        );

        var clusters = host.Functions.Services.GetRequiredService<ClusterStore>();
        IReadOnlyList<string> waiting = [];
        try
        {
            await Wait.UntilAsync(
                "all clusters are ready",
                Walkthrough.Within * 3,
                async () => (waiting = await WaitingAsync(clusters)).Count == 0,
                Token
            );
        }
        catch (Exception) when (!Token.IsCancellationRequested)
        {
            Assert.Fail($"Not ready:\n{string.Join('\n', waiting)}");
        }

        AssertRespected(host, heard, isStrict ? 1 : 0, isStrict ? int.MaxValue : Clusters - 1);
    }

    /// <summary>The first step that reads a cluster leaves lasting faults to the next ones, which read it at once.</summary>
    [Fact]
    public async Task A_second_refusal_of_a_read_is_respected_too()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        host.Sandbox.World.Faults.Add(ThrottledReads with { Count = 2 });
        var heard = new ConcurrentQueue<Heard>();
        using var listener = Listen(host, heard);

        var spec = MeshPortHost.ClusterSpec(); // without features and network, no other step is in between
        spec.Remove("features");
        spec.Remove("network");
        await host.SucceedAsync(await host.PutClusterAsync(Token, spec), Token);

        AssertRespected(host, heard, 2, 2);
    }

    private static AzureEventSourceListener Listen(MeshPortHost host, ConcurrentQueue<Heard> heard) =>
        new((heardEvent, _) => Hear(heardEvent, host.Sandbox.Clock.GetUtcNow(), heard), EventLevel.Informational);

    private static void AssertRespected(MeshPortHost host, IEnumerable<Heard> heard, int least, int most)
    {
        var ours = heard
            .Where(one => one.Uri.StartsWith(host.Sandbox.ResourceManagerEndpoint.AbsoluteUri, StringComparison.Ordinal))
            .ToList();
        var refused = ours.Where(one => one.RetryAfter is not null).ToList();
        Assert.NotEmpty(ours);
        Assert.InRange(refused.Count, least, most);
        Assert.All(
            refused,
            refusal =>
            {
                var next = ours.Where(one =>
                        one.RetryAfter is null
                        && one.IsRequest
                        && one.Method == refusal.Method
                        && one.Uri == refusal.Uri
                        && one.At > refusal.At
                    )
                    .Select(one => (DateTimeOffset?)one.At)
                    .Min();
                Assert.True(
                    next is null || next - refusal.At >= refusal.RetryAfter - Slack,
                    $"{refusal.Method} {refusal.Uri} had to wait {refusal.RetryAfter} and waited {next - refusal.At}"
                );
            }
        );
    }

    /// <summary>The conditions of clusters that are not ready.</summary>
    private static async Task<IReadOnlyList<string>> WaitingAsync(ClusterStore clusters)
    {
        var found = await Task.WhenAll(
            Enumerable
                .Range(1, Clusters)
                .Select(number => clusters.GetAsync(MeshPortHost.Id with { Name = $"{MeshPortHost.Id.Name}{number}" }, Token))
        );
        return
        [
            .. found
                .Where(cluster => cluster?.Status.IsTrue(ConditionTypes.Ready) != true)
                .Select(cluster =>
                    $"{cluster?.Metadata.Name}: "
                    + $"{cluster?.Status.Conditions.FirstOrDefault(condition => condition.Status != ConditionStatus.True)}"
                ),
        ];
    }

    /// <summary>The events of Azure.Core about the requests and answers of all clients in this process.</summary>
    private static void Hear(EventWrittenEventArgs written, DateTimeOffset now, ConcurrentQueue<Heard> heard)
    {
        var payload = (written.PayloadNames ?? []).Zip(written.Payload ?? []).ToDictionary(pair => pair.First, pair => $"{pair.Second}");
        switch (written.EventName)
        {
            case "Request":
                heard.Enqueue(new Heard(payload["requestId"], true, payload["method"], payload["uri"], now, null));
                break;
            case "ErrorResponse"
                when payload["status"] == "429" && heard.FirstOrDefault(one => one.Id == payload["requestId"]) is { } asked:
                heard.Enqueue(
                    asked with
                    {
                        IsRequest = false,
                        At = now,
                        RetryAfter = TimeSpan.FromSeconds(
                            int.Parse(RetryAfter().Match(payload["headers"]).Groups[1].Value, CultureInfo.InvariantCulture)
                        ),
                    }
                );
                break;
            default:
                break;
        }
    }

    [GeneratedRegex(@"Retry-After:\s*(\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex RetryAfter();

    private sealed record Heard(string Id, bool IsRequest, string Method, string Uri, DateTimeOffset At, TimeSpan? RetryAfter);
}
