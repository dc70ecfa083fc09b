using System.Net.Http.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.Convergence;
using MeshPort.Sandbox;
using Microsoft.Data.Sqlite;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests.Keepers;

/// <summary>The cost of an idle resync; the figures of docs/operations.md, section "Limits and cost".</summary>
public sealed class CostTests
{
    private const int Resyncs = 3;
    private const int Activities = 1;
    private const int MostStateReads = 4;
    private const int MostRequests = 12;

    /// <summary>The counters are read while the watchdog or the next resync may have counted a part: less than one in a resync.</summary>
    private const double Part = 0.5;

    /// <summary>The reads of the watchdog in each of its passes: the list of clusters, and the cluster.</summary>
    private const int ReadsOfAPass = 2;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task An_idle_resync_has_one_activity_four_reads_of_State_twelve_requests_and_no_write() => CountAsync(discovers: false);

    [Fact]
    public Task Discovery_with_a_selector_of_namespaces_costs_one_request_more() => CountAsync(discovers: true);

    /// <param name="discovers">Whether the Service of the exposure asks for another port.</param>
    private static async Task CountAsync(bool discovers)
    {
        using var directory = new TestDirectory();
        await using var azure = await AzureSandbox.StartAsync(new SandboxOptions { TimeScale = 300 }, Token);
        await using var host = await MortalHost.StartAsync(azure, directory.Path, Token, "PT5M");
        var spec = MeshPortHost.ClusterSpec();
        spec["discover"] = discovers
            ? JsonNode.Parse("""{"namespaceSelector":{"kubernetes.io/metadata.name":"default"},"ports":["9001"]}""")
            : null;
        (await host.Client.PutAsJsonAsync(MeshPortHost.Cluster, new { spec }, Token)).EnsureSuccessStatusCode();
        (
            await host.Client.PutAsJsonAsync(
                $"{MeshPortHost.Cluster}/exposures/echo",
                new { spec = MeshPortHost.Echo("echo", 9000) },
                Token
            )
        ).EnsureSuccessStatusCode();
        await UntilProvenAsync(host, 1);
        if (discovers)
        {
            using var kubernetes = azure.Administrate();
            await kubernetes.CoreV1.PatchNamespacedServiceAsync(
                new V1Patch("""{"metadata":{"annotations":{"meshport.io/expose":"9001:9000"}}}""", V1Patch.PatchType.MergePatch),
                "echo",
                "default",
                cancellationToken: Token
            );
            await UntilProvenAsync(host, 2);
        }

        // The conditions are True before the convergence has ended and is recorded as completed.
        for (var known = 0; known == 0 || await ConvergencesAsync(host) != known; )
        {
            known = await ConvergencesAsync(host);
            await NextAsync(host, 2);
        }

        var (before, requests, at) = (host.StateTraffic, Requests(azure), host.Ends);
        var writes = azure.Traffic.ArmWrites + azure.Traffic.KubernetesWrites;
        var convergences = await ConvergencesAsync(host);
        await NextAsync(host, Resyncs);
        var (after, sent, count) = (host.StateTraffic, Requests(azure) - requests, host.Ends - at);

        var passes = after.Lists - before.Lists;
        var reads = (double)(after.Reads - before.Reads - (passes * ReadsOfAPass)) / count;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{reads:0.0} reads of State, {(double)sent / count:0.0} requests in each of {count} resyncs"
        );
        Assert.Equal(convergences, await ConvergencesAsync(host));
        Assert.Equal(Activities, ActivitiesOfKeeper(directory.Path));
        Assert.InRange(reads, 1, MostStateReads + Part);
        Assert.InRange((double)sent / count, 1, MostRequests + (discovers ? 1 : 0) + Part);
        Assert.Equal(before.Writes, after.Writes);
        Assert.Equal(writes, azure.Traffic.ArmWrites + azure.Traffic.KubernetesWrites);
    }

    private static Task UntilProvenAsync(MortalHost host, int count) =>
        Wait.UntilAsync(
            $"{count} ports are proven",
            Walkthrough.Within,
            async () =>
                (await host.Client.GetFromJsonAsync<JsonObject>($"{MeshPortHost.Cluster}/exposures", Token))?["value"]?.AsArray()
                    is { } exposures
                && exposures.Count == count
                && exposures
                    .SelectMany(exposure => exposure?["status"]?["conditions"]?.AsArray() ?? [])
                    .All(condition => condition?["status"]?.GetValue<string>() == "True"),
            Token
        );

    private static long Requests(AzureSandbox azure) => azure.Traffic.ArmReads + azure.Traffic.KubernetesReads;

    /// <summary>The activities of the keeper's generation, which has one resync.</summary>
    private static int ActivitiesOfKeeper(string directory)
    {
        var path = Directory.EnumerateFiles(directory, "durable.db", SearchOption.AllDirectories).Single();
        using var store = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadOnly,
                Pooling = false,
            }.ToString()
        );
        store.Open();
        using var query = store.CreateCommand();
        query.CommandText = "SELECT group_concat(events, ',' ORDER BY seq) FROM history WHERE instance_id = $keeper";
        query.Parameters.AddWithValue("$keeper", MeshPortHost.Id.KeeperId);
        var events = JsonNode.Parse($"[{query.ExecuteScalar()}]")?.AsArray().SelectMany(step => step?.AsArray() ?? []);
        return (events ?? []).Count(one => $"{one?["e"]}" == "task");
    }

    private static async Task NextAsync(MortalHost host, int more)
    {
        var before = host.Ends;
        await Wait.UntilAsync($"{more} more resyncs are over", Walkthrough.Within, () => host.Ends >= before + more, Token);
    }

    private static async Task<int> ConvergencesAsync(MortalHost host) =>
        await host
            .Services.GetRequiredService<DurableTaskClient>()
            .GetAllInstancesAsync(new OrchestrationQuery())
            .CountAsync(instance => instance.Name == nameof(ConvergeClusterOrchestrator) && instance.IsCompleted, Token);
}
