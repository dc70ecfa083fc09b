using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Sandbox;
using MeshPort.State;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests.Keepers;

/// <summary>A wake-up is never lost: MeshPort is killed at every point while it serves a request that came during a convergence.</summary>
public sealed class KeeperCrashTests
{
    private const string Name = "echo";
    private static readonly string Path = $"{MeshPortHost.Cluster}/exposures/{Name}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact, FailureRow("process-killed")]
    public async Task A_request_accepted_during_a_convergence_survives_a_kill_at_any_point()
    {
        using var directory = new TestDirectory();
        await using var azure = await AzureSandbox.StartAsync(new SandboxOptions { TimeScale = 120 }, Token);
        await using (var first = await MortalHost.StartAsync(azure, directory.Path, Token))
        {
            (
                await first.Client.PutAsJsonAsync(MeshPortHost.Cluster, new { spec = Walkthrough.Environment.ClusterSpec }, Token)
            ).EnsureSuccessStatusCode();
            (await first.Client.PutAsJsonAsync(Path, Of(0), Token)).EnsureSuccessStatusCode();
            await ServedAsync(first, 0);
        }

        var kills = 0;
        for (var points = 1; await DiesAsync(azure, directory.Path, points); points++)
        {
            kills++;
            await using var next = await MortalHost.StartAsync(azure, directory.Path, Token);
            using var found = await next.Client.GetAsync(Path, Token);
            await ServedAsync(
                next,
                (await found.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("metadata").GetProperty("generation").GetInt64()
            );
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills");
        Assert.True(kills > 12, $"only {kills} kills: the points were not during the work");
        Assert.Single(azure.Operations, operation => operation.Kind == "managedClusters/create");
    }

    /// <summary>The points until the keeper knows of the request; later ones are in a convergence. The next resync is a day away.</summary>
    private const int PointsUntilAwake = 8;

    [Fact]
    public async Task A_request_accepted_while_the_keeper_slept_survives_a_kill_at_any_point()
    {
        using var directory = new TestDirectory();
        await using var azure = await AzureSandbox.StartAsync(new SandboxOptions { TimeScale = 120 }, Token);
        for (var points = 0; points <= PointsUntilAwake; points++)
        {
            await using var host = await MortalHost.StartAsync(azure, directory.Path, Token);
            if (points == 0)
            {
                (
                    await host.Client.PutAsJsonAsync(MeshPortHost.Cluster, new { spec = Walkthrough.Environment.ClusterSpec }, Token)
                ).EnsureSuccessStatusCode();
                (await host.Client.PutAsJsonAsync(Path, Of(0), Token)).EnsureSuccessStatusCode();
            }

            await ServedAsync(host, await GenerationAsync(host));
            host.DieAfter(points + 1);
            try
            {
                using var answer = await host.Client.PutAsJsonAsync(Path, Of(points + 1), Token);
            }
            catch (HttpRequestException)
            {
                Assert.True(host.IsDead);
            }

            await Wait.UntilAsync("it is dead", Walkthrough.Within, () => host.IsDead, Token);
        }

        await using var last = await MortalHost.StartAsync(azure, directory.Path, Token);
        // Most requests were accepted: the first points may belong to other work.
        Assert.InRange(await GenerationAsync(last), PointsUntilAwake / 2, PointsUntilAwake + 2);
        await ServedAsync(last, await GenerationAsync(last));
    }

    private static async Task<long> GenerationAsync(MortalHost host)
    {
        using var found = await host.Client.GetAsync(Path, Token);
        return (await found.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("metadata").GetProperty("generation").GetInt64();
    }

    /// <summary>Sends another request while a convergence runs, and kills MeshPort that many points later.</summary>
    /// <returns>False when everything was served before.</returns>
    private static async Task<bool> DiesAsync(AzureSandbox azure, string directory, int points)
    {
        await using var host = await MortalHost.StartAsync(azure, directory, Token);
        await Wait.UntilAsync("a convergence runs", Walkthrough.Within, () => RunsAsync(host), Token);

        host.DieAfter(points);
        var accepted = 0L;
        try
        {
            using var answer = await host.Client.PutAsJsonAsync(Path, Of(points), Token);
            accepted =
                answer.StatusCode == HttpStatusCode.OK
                    ? (await answer.Content.ReadFromJsonAsync<JsonElement>(Token))
                        .GetProperty("metadata")
                        .GetProperty("generation")
                        .GetInt64()
                    : 0;
        }
        catch (HttpRequestException)
        {
            Assert.True(host.IsDead);
        }

        await Wait.UntilAsync(
            "it is dead, or all is served",
            Walkthrough.Within,
            async () => host.IsDead || (accepted > 0 && await IsServedAsync(host, accepted)),
            Token
        );
        if (host.IsDead && accepted > 0)
        {
            // An answered request is never lost.
            var kept = await host.Services.GetRequiredService<ExposureStore>().ListAsync(MeshPortHost.Id, Token);
            Assert.Equal(accepted, Assert.Single(kept).Metadata.Generation);
        }

        return host.IsDead;
    }

    /// <summary>Whether a convergence runs. Where none does, asks for one: a short one may begin and end between two looks.</summary>
    private static async Task<bool> RunsAsync(MortalHost host)
    {
        var status = await host.Services.GetRequiredService<StatusStore>().LoadAsync(MeshPortHost.Id, Token);
        if (status is not { IsWork: true })
        {
            (await host.Client.PostAsync($"{MeshPortHost.Cluster}/reconcile", null, Token)).EnsureSuccessStatusCode();
        }

        return status is { IsWork: true, Progress: var progress, Document: var cluster } && progress.TakenUp == cluster.Change;
    }

    private static Task ServedAsync(MortalHost host, long generation) =>
        Wait.UntilAsync($"generation {generation} is served", Walkthrough.Within, () => IsServedAsync(host, generation), Token);

    private static async Task<bool> IsServedAsync(MortalHost host, long generation)
    {
        using var answer = await host.Client.GetAsync(Path, Token);
        var status = (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("status");
        return status.GetProperty("observedGeneration").GetInt64() >= generation
            && status.GetProperty("conditions").EnumerateArray().All(condition => condition.GetProperty("status").GetString() == "True")
            && await host.Services.GetRequiredService<StatusStore>().LoadAsync(MeshPortHost.Id, Token) is { IsWork: false };
    }

    /// <summary>A different spec for each number.</summary>
    private static JsonObject Of(int number)
    {
        var spec = MeshPortHost.Echo(Name, 9000);
        spec["probe"] = new JsonObject { ["send"] = $"jose {number}\n", ["expect"] = $"hello jose {number}" };
        return new JsonObject { ["spec"] = spec };
    }
}
