using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.Sandbox;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests;

/// <summary>A thousand callers that request one port each of the same cluster at the same time.</summary>
public sealed class ManyRequestsTests(ITestOutputHelper output)
{
    private const int Count = 1000;
    private const int FirstPort = 20_000;
    private const int Callers = 32;
    private const int Handful = 5;
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(3);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_requests_for_one_port_each_are_served_by_a_handful_of_convergences()
    {
        await using var host = await MeshPortHost.StartAsync(
            new SandboxOptions { TimeScale = MeshPortHost.TimeScale, RulesOfNode = 2 * Count },
            Token,
            ("MeshPort:PortBudget", "2000")
        );
        await PutAsync(host, MeshPortHost.Cluster, Walkthrough.Environment.ClusterSpec);
        // All exposures use its echo server.
        await PutAsync(host, $"{MeshPortHost.Cluster}/exposures/tcpecho", Walkthrough.Environment.Exposures[0].Spec);
        await Wait.UntilAsync("the first is Ready", Within, async () => await ReadyAsync(host) == 1, Token);
        var before = await ConvergencesAsync(host);

        await Parallel.ForEachAsync(
            Enumerable.Range(0, Count),
            new ParallelOptions { MaxDegreeOfParallelism = Callers, CancellationToken = Token },
            async (number, _) =>
                await PutAsync(
                    host,
                    $"{MeshPortHost.Cluster}/exposures/e{number}",
                    new { port = FirstPort + number, backends = new[] { new { service = "tcpecho", port = 9000 } } }
                )
        );
        await Wait.UntilAsync("all are Ready", Within, async () => await ReadyAsync(host) == Count + 1, Token);

        var convergences = await ConvergencesAsync(host) - before;
        output.WriteLine($"{convergences} convergences");
        Assert.InRange(convergences, 0, Handful); // 0 if the running convergence has taken up all requests
    }

    private static async Task PutAsync(MeshPortHost host, string path, object spec)
    {
        using var answer = await host.Client.PutAsJsonAsync(path, new { spec }, Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private static async Task<int> ReadyAsync(MeshPortHost host)
    {
        var (ready, next) = (0, (string?)$"{MeshPortHost.Cluster}/exposures?top=1000");
        while (next is not null)
        {
            var page = await host.Client.GetFromJsonAsync<JsonElement>(next, Token);
            ready += page.GetProperty("value")
                .EnumerateArray()
                .Count(exposure =>
                    exposure
                        .GetProperty("status")
                        .GetProperty("conditions")
                        .EnumerateArray()
                        .Any(condition =>
                            condition.GetProperty("type").GetString() == ConditionTypes.Ready
                            && condition.GetProperty("status").GetString() == "True"
                        )
                );
            next = page.TryGetProperty("nextLink", out var link) ? link.GetString() : null;
        }

        return ready;
    }

    private static async Task<int> ConvergencesAsync(MeshPortHost host) =>
        await host
            .Functions.Services.GetRequiredService<DurableTaskClient>()
            .GetAllInstancesAsync(new OrchestrationQuery())
            .CountAsync(instance => instance.Name == nameof(ConvergeClusterOrchestrator), Token);
}
