using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using MeshPort.Sandbox;

namespace MeshPort.EndToEnd.Tests;

/// <summary>A thousand ports in one batch: few writes, all ports proven, and no changes in the next resync.</summary>
public sealed class ManyExposuresTests(ITestOutputHelper output) : IDisposable
{
    private const int Count = 1000;
    private const int FirstPort = 20_000;
    private const int TimeScale = 60;
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(3); // the benchmarks measure the duration
    private readonly TestDirectory _directory = new();
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_ports_take_two_writes_each_and_a_resync_takes_a_dozen_requests_and_no_write()
    {
        await using var azure = await AzureSandbox.StartAsync(
            new SandboxOptions
            {
                IsPaced = false,
                TimeScale = TimeScale,
                RulesOfNode = 2 * Count,
            },
            Token
        );
        var settings = new Dictionary<string, string>(Walkthrough.Settings(azure))
        {
            ["MeshPort__PortBudget"] = "2000",
            ["MeshPort__Resync__ManagedService"] = "PT1H",
        };
        await using var meshPort = MeshPortProcess.Serve(settings, _directory.Path, TimeScale);
        using var client = new HttpClient(_handler) { BaseAddress = await meshPort.ReadyAsync(Token) };
        await Walkthrough.AskAsync(client.BaseAddress, Token);
        await Walkthrough.MustSucceedAsync(meshPort, client.BaseAddress, Token); // all exposures use its echo server
        var path = Walkthrough.Environment.Path;
        var writes = azure.Traffic.KubernetesWrites;
        var clock = Stopwatch.StartNew();

        using var batch = await client.PostAsJsonAsync(
            $"{path}/exposures",
            new { put = Enumerable.Range(0, Count).Select(Exposure) },
            Token
        );
        Assert.True(batch.StatusCode == HttpStatusCode.Accepted, await batch.Content.ReadAsStringAsync(Token));
        await SucceedAsync(client, batch);
        output.WriteLine(
            $"{Count} exposures ready after {clock.Elapsed.TotalSeconds:0.0} s with {azure.Traffic.KubernetesWrites - writes} writes"
        );
        Assert.InRange(azure.Traffic.KubernetesWrites - writes, Count, (2 * Count) + 10);
        meshPort.Measure();
        output.WriteLine($"{meshPort.PeakWorkingSet / 1e6:0} MB at most");

        // The fewest requests of three resyncs. Some of them also fetch a kubeconfig, which happens every ten simulated minutes.
        var wrote = azure.Traffic.KubernetesWrites + azure.Traffic.ArmWrites;
        var looks = new List<long>();
        for (var look = 0; look < 3; look++)
        {
            var asked = Requests(azure);
            using var again = await client.PostAsync($"{path}/reconcile", null, Token);
            await SucceedAsync(client, again);
            looks.Add(Requests(azure) - asked);
        }

        output.WriteLine($"{string.Join(", ", looks)} requests in a resync");
        Assert.Equal(wrote, azure.Traffic.KubernetesWrites + azure.Traffic.ArmWrites);
        Assert.InRange(looks.Min(), 1, 12);
    }

    public void Dispose()
    {
        _handler.Dispose();
        _directory.Dispose();
    }

    private static object Exposure(int number) =>
        new
        {
            name = $"e{number}",
            spec = new
            {
                port = FirstPort + number,
                backends = new[] { new { service = "tcpecho", port = 9000 } },
                probe = new { send = "jose\n", expect = "hello jose" },
            },
        };

    private static long Requests(AzureSandbox azure) =>
        azure.Traffic.ArmReads + azure.Traffic.ArmWrites + azure.Traffic.KubernetesReads + azure.Traffic.KubernetesWrites;

    private static async Task SucceedAsync(HttpClient client, HttpResponseMessage accepted)
    {
        var end = await client.EndAsync(Assert.IsType<Uri>(accepted.Headers.Location), Within, Token);
        Assert.Equal("Succeeded", end.GetProperty("status").GetString());
    }
}
