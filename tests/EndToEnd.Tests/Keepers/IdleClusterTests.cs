using System.Net.Http.Json;
using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.Sandbox;
using MeshPort.State;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests.Keepers;

/// <summary>A cluster with which nothing has happened is observed in one activity.</summary>
public sealed class IdleClusterTests
{
    private const int Looks = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Observing_an_idle_cluster_costs_six_requests_and_one_read_of_the_cluster_in_State()
    {
        using var directory = new TestDirectory();
        await using var azure = await AzureSandbox.StartAsync(new SandboxOptions { TimeScale = 300 }, Token);
        await using var host = await MortalHost.StartAsync(azure, directory.Path, Token);
        (
            await host.Client.PutAsJsonAsync(MeshPortHost.Cluster, new { spec = MeshPortHost.ClusterSpec() }, Token)
        ).EnsureSuccessStatusCode();
        var known = await ReadyAsync(host);
        var observer = host.Services.GetRequiredService<ClusterObserver>();

        var costs = new List<(long Arm, long Kubernetes)>();
        for (var look = 0; look < Looks; look++)
        {
            var before = (azure.Traffic.ArmReads, azure.Traffic.KubernetesReads);
            var seen = await observer.ObserveAsync(MeshPortHost.Id, known, azure.Clock.GetUtcNow(), Token);
            costs.Add((azure.Traffic.ArmReads - before.ArmReads, azure.Traffic.KubernetesReads - before.KubernetesReads));
            Assert.True(seen.IsIdle);
            Assert.Equal(
                ["RegisterFeatures", "EnsureNetwork", "EnsureCluster", "EnsureMesh", "EnsureGateways"],
                seen.Steps.Select(step => step.Step)
            );
        }

        // A kubeconfig is fetched every ten minutes: the cheapest look shows the cost of the observation.
        Assert.Equal(4, costs.Min(cost => cost.Arm)); // feature, subnet, cluster, role on the subnet
        Assert.Equal(2, costs.Min(cost => cost.Kubernetes)); // control planes, Services
    }

    [Fact]
    public async Task A_cluster_that_has_drifted_is_not_idle()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        await host.SucceedAsync(await host.PutClusterAsync(Token), Token);
        var known = Assert.IsType<Resource<ClusterSpec>>(await host.Clusters.GetAsync(MeshPortHost.Id, Token));
        var observer = host.Functions.Services.GetRequiredService<ClusterObserver>();
        Assert.True((await observer.ObserveAsync(MeshPortHost.Id, known, host.Sandbox.Clock.GetUtcNow(), Token)).IsIdle);

        using var azure = new OtherAzureUser(host.Sandbox, Token);
        await azure.DeleteAsync($"{(await azure.GetAsync(Assignments(known.Spec)))["value"]?[0]?["id"]}");

        Assert.False((await observer.ObserveAsync(MeshPortHost.Id, known, host.Sandbox.Clock.GetUtcNow(), Token)).IsIdle);
    }

    [Fact]
    public async Task Every_step_of_an_idle_cluster_is_reported_as_succeeded()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        await host.SucceedAsync(await host.PutClusterAsync(Token), Token);

        var operation = await host.Client.EndAsync(await host.ReconcileAsync(Token), Walkthrough.Within, Token);

        var steps = operation.GetProperty("steps").EnumerateArray().Take(5).ToList();
        Assert.All(steps, step => Assert.Equal("Succeeded", step.GetProperty("status").GetString()));
        Assert.All(steps, step => Assert.NotEqual("", step.GetProperty("message").GetString()));
        Assert.All(steps, step => Assert.Equal(1, step.GetProperty("attempts").GetInt32()));
    }

    private static string Assignments(ClusterSpec spec)
    {
        var subnet = OtherAzureUser.Network("virtualNetworks", $"{spec.Network?.Vnet}/subnets/{spec.Network?.Subnet}");
        return $"{subnet}/providers/Microsoft.Authorization/roleAssignments";
    }

    private static async Task<Resource<ClusterSpec>> ReadyAsync(MortalHost host)
    {
        var clusters = host.Services.GetRequiredService<ClusterStore>();
        Resource<ClusterSpec>? known = null;
        await Wait.UntilAsync(
            "the cluster is ready",
            Walkthrough.Within,
            async () => (known = await clusters.GetAsync(MeshPortHost.Id, Token))?.Status.IsTrue(ConditionTypes.Ready) == true,
            Token
        );
        return Assert.IsType<Resource<ClusterSpec>>(known);
    }
}
