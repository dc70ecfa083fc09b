using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MeshPort.Convergence;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Timers;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests.Keepers;

/// <summary>A wanted cluster has one keeper, which serves many requests at once.</summary>
public sealed class KeeperTests
{
    private const int Requests = 200;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_requests_within_seconds_cause_a_handful_of_convergences()
    {
        await using var host = await MeshPortHost.StartReadyAsync(Token);
        using var cluster = host.Kubernetes();
        await ForeignService.ServiceAsync(cluster, Token);
        await ForeignService.PodsAsync(cluster, Token);
        var before = await ConvergencesAsync(host);

        host.Sandbox.Clock.Hold(); // all requests come within seconds, also on a busy machine
        await Parallel.ForEachAsync(
            Enumerable.Range(1, Requests),
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token },
            async (number, token) =>
            {
                using var answer = await host.Client.PutAsJsonAsync(
                    $"{MeshPortHost.Cluster}/exposures/one{number}",
                    Of(7000 + number),
                    token
                );
                Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
            }
        );
        host.Sandbox.Clock.Resume();

        await Wait.UntilAsync("all are ready", Walkthrough.Within * 3, async () => await ReadyAsync(host) == Requests, Token);
        await Wait.UntilAsync(
            "nothing is left to do",
            Walkthrough.Within,
            async () =>
                await host.Functions.Services.GetRequiredService<StatusStore>().LoadAsync(MeshPortHost.Id, Token) is { IsWork: false },
            Token
        );
        Assert.InRange((await ConvergencesAsync(host)).Count - before.Count, 1, 6);
    }

    [Fact]
    public async Task The_keeper_of_a_cluster_that_was_deleted_ends_and_is_not_started_again()
    {
        await using var host = await MeshPortHost.StartReadyAsync(Token);

        await host.SucceedAsync(await host.DeleteAsync(MeshPortHost.Cluster, Token), Token);

        var durable = Durable(host);
        await Wait.UntilAsync(
            "the keeper has ended",
            Walkthrough.Within,
            async () =>
                (await durable.GetInstanceAsync(MeshPortHost.Id.KeeperId, Token))?.RuntimeStatus == OrchestrationRuntimeStatus.Completed,
            Token
        );
        await WatchAsync(host);
        Assert.Equal(
            OrchestrationRuntimeStatus.Completed,
            (await durable.GetInstanceAsync(MeshPortHost.Id.KeeperId, Token))?.RuntimeStatus
        );
    }

    [Fact]
    public async Task Concurrent_starts_give_a_cluster_one_keeper_and_one_convergence_at_a_time()
    {
        await using var host = await MeshPortHost.StartAsync(Token);

        await Task.WhenAll(Enumerable.Range(0, 20).SelectMany(number => new[] { PutAsync(number), WatchAsync(host) }));

        await Wait.UntilAsync(
            "nothing is left to do",
            Walkthrough.Within,
            async () =>
                await host.Functions.Services.GetRequiredService<StatusStore>().LoadAsync(MeshPortHost.Id, Token) is { IsWork: false },
            Token
        );
        Assert.Single(await InstancesAsync(host, nameof(KeepClusterOrchestrator)));
        Assert.Single(host.Sandbox.Operations, operation => operation.Kind == "managedClusters/create");
        var convergences = (await ConvergencesAsync(host)).OrderBy(convergence => convergence.CreatedAt).ToList();
        Assert.All(
            convergences.Zip(convergences.Skip(1)),
            pair =>
                Assert.True(
                    pair.First.IsCompleted && pair.First.LastUpdatedAt <= pair.Second.CreatedAt,
                    $"{pair.First.InstanceId} and {pair.Second.InstanceId} ran at the same time"
                )
        );

        async Task PutAsync(int number)
        {
            using var answer = await host.Client.PutAsJsonAsync(
                MeshPortHost.Cluster,
                new { spec = FailureRoom.ClusterWith("tags", new JsonObject { ["number"] = $"{number}" }) },
                Token
            );
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
        }
    }

    private static JsonObject Of(int port)
    {
        var spec = FailureRoom.Of("theirs", port);
        spec["backends"] = new JsonArray(new JsonObject { ["service"] = "theirs", ["port"] = 9000 });
        return new JsonObject { ["spec"] = spec };
    }

    private static async Task<int> ReadyAsync(MeshPortHost host) =>
        (await host.Functions.Services.GetRequiredService<ExposureStore>().ListAsync(MeshPortHost.Id, Token)).Count(exposure =>
            exposure.Status.IsTrue(ConditionTypes.Ready)
        );

    private static Task WatchAsync(MeshPortHost host) =>
        ActivatorUtilities.CreateInstance<Watchdog>(host.Functions.Services).RunAsync(new TimerInfo(), Durable(host), Token);

    private static Task<List<OrchestrationMetadata>> ConvergencesAsync(MeshPortHost host) =>
        InstancesAsync(host, nameof(ConvergeClusterOrchestrator));

    private static async Task<List<OrchestrationMetadata>> InstancesAsync(MeshPortHost host, string name)
    {
        var found = new List<OrchestrationMetadata>();
        await foreach (var instance in Durable(host).GetAllInstancesAsync(new OrchestrationQuery()))
        {
            if (instance.Name == name)
            {
                found.Add(instance);
            }
        }

        return found;
    }

    private static DurableTaskClient Durable(MeshPortHost host) => host.Functions.Services.GetRequiredService<DurableTaskClient>();
}
