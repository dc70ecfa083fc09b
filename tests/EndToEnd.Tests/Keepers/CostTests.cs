using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MeshPort.Convergence;
using MeshPort.Sandbox;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests.Keepers;

/// <summary>What a resync with nothing to do costs; the figures of docs/operations.md, section "Limits and cost".</summary>
public sealed class CostTests
{
    private const int Resyncs = 3;
    private const int MostStateReads = 80;

    /// <summary>Of the watchdog in each of its rounds: the list of clusters, what is wanted of the one, and how far that is.</summary>
    private const int ReadsOfARound = 3;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_resync_with_nothing_to_do_writes_State_little_and_reads_it_as_often_as_is_documented()
    {
        using var directory = new TestDirectory();
        await using var azure = await AzureSandbox.StartAsync(new SandboxOptions { TimeScale = 300 }, Token);
        await using var host = await MortalHost.StartAsync(azure, directory.Path, Token, "PT5M");
        var spec = MeshPortHost.ClusterSpec();
        spec.Remove("features");
        (await host.Client.PutAsJsonAsync(MeshPortHost.Cluster, new { spec }, Token)).EnsureSuccessStatusCode();
        (
            await host.Client.PutAsJsonAsync(
                $"{MeshPortHost.Cluster}/exposures/echo",
                new { spec = MeshPortHost.Echo("echo", 9000) },
                Token
            )
        ).EnsureSuccessStatusCode();
        await Wait.UntilAsync(
            "the port is proven",
            Walkthrough.Within,
            async () =>
                (await host.Client.GetFromJsonAsync<JsonObject>($"{MeshPortHost.Cluster}/exposures/echo", Token))
                    ?["status"]?["conditions"]?.AsArray()
                    .All(condition => condition?["status"]?.GetValue<string>() == "True") == true,
            Token
        );
        await NextAsync(host, 1);

        var (before, at) = (host.StateTraffic, await ConvergencesAsync(host));
        await NextAsync(host, Resyncs);
        var (after, count) = (host.StateTraffic, await ConvergencesAsync(host) - at);

        var rounds = after.Lists - before.Lists;
        var (reads, writes) = (
            (double)(after.Reads - before.Reads - (rounds * ReadsOfARound)) / count,
            (double)(after.Writes - before.Writes) / count
        );
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{reads:0.0} reads and {writes:0.0} commits of State in each of {count} resyncs, besides {rounds} rounds of the watchdog"
        );
        Assert.InRange(reads, 1, MostStateReads);
        Assert.InRange(writes, 0, 4);
    }

    private static async Task NextAsync(MortalHost host, int more)
    {
        var before = await ConvergencesAsync(host);
        await Wait.UntilAsync(
            $"{more} more resyncs are over",
            Walkthrough.Within,
            async () => await ConvergencesAsync(host) >= before + more,
            Token
        );
    }

    private static async Task<int> ConvergencesAsync(MortalHost host)
    {
        var count = 0;
        await foreach (var instance in host.Services.GetRequiredService<DurableTaskClient>().GetAllInstancesAsync(new OrchestrationQuery()))
        {
            count += instance.Name == nameof(ConvergeClusterOrchestrator) && instance.IsCompleted ? 1 : 0;
        }

        return count;
    }
}
