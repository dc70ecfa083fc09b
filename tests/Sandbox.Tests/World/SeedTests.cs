using System.Text;
using System.Text.RegularExpressions;
using k8s;
using MeshPort.Sandbox.EventGrid;
using MeshPort.Sandbox.Tests.EventGrid;
using MeshPort.Sandbox.Tests.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.World;

public sealed partial class SeedTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_sandboxes_with_one_seed_answer_the_same_and_one_with_another_does_not()
    {
        var first = await TellAsync(11);

        Assert.Equal(first, await TellAsync(11));
        Assert.NotEqual(first, await TellAsync(12));
    }

    [Fact]
    public async Task Events_have_the_same_ids_with_one_seed_and_others_with_another()
    {
        var first = await EventIdsAsync(11);

        Assert.Equal(first, await EventIdsAsync(11));
        Assert.Empty(first.Intersect(await EventIdsAsync(12)));
    }

    [Fact]
    public void After_a_restart_no_id_repeats()
    {
        using var directory = new TestDirectory();
        var file = directory["sandbox.db"];
        Guid before;
        using (var world = new Sandbox.World.SandboxWorld(60, file, seed: 5))
        {
            before = world.Ids.NewGuid("request");
        }

        using var again = new Sandbox.World.SandboxWorld(60, file);
        Assert.Equal(5, again.Ids.Seed);
        Assert.NotEqual(before, again.Ids.NewGuid("request"));
    }

    /// <summary>The answers to a series of requests, without ports, addresses and times.</summary>
    private static async Task<string> TellAsync(int seed)
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, Seed = seed }, Token);
        using var clients = new SandboxClients(sandbox);
        sandbox.Clock.Hold();
        var told = new StringBuilder();
        await SendAsync(
            "PUT",
            $"/subscriptions/{SandboxClients.Subscription}/resourceGroups/rg?api-version=2022-09-01",
            """{"location":"eastus2"}"""
        );
        await SendAsync(
            "PUT",
            ArmFixture.NetworkPath("rg", "virtualNetworks", "net"),
            """{"location":"eastus2","properties":{"addressSpace":{"addressPrefixes":["10.10.0.0/16"]}}}"""
        );
        await SendAsync("PUT", ArmFixture.ClusterPath("rg", "c1"), ArmFixture.Cluster());
        await EndedAsync(sandbox, 2);
        await SendAsync("GET", ArmFixture.ClusterPath("rg", "c1"), null);
        using var yaml = new MemoryStream(Encoding.UTF8.GetBytes(sandbox.AdminKubeconfig($"{SandboxClients.ClusterId("rg", "c1")}")));
        using var cluster = new k8s.Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(yaml));
        foreach (var home in (await cluster.CoreV1.ListNamespaceAsync(cancellationToken: Token)).Items)
        {
            told.AppendLine($"{home.Metadata.Name} {home.Metadata.Uid}");
        }

        return Volatile().Replace(told.ToString(), "*");

        async Task SendAsync(string method, string path, string? body)
        {
            var (status, answer, message) = await ArmFixture.SendAsync(clients, method, path, body);
            told.AppendLine($"{status} {message.Headers.GetValues("x-ms-request-id").Single()} {answer.ToJsonString()}");
            told.AppendLine(message.Headers.TryGetValues("Azure-AsyncOperation", out var poll) ? poll.Single() : "");
        }
    }

    /// <summary>The ids of events of every kind: a write, an operation, an event of AKS, a deletion with the group.</summary>
    private static async Task<IReadOnlyList<string>> EventIdsAsync(int seed)
    {
        await using var sandbox = await AzureSandbox.StartAsync(
            new SandboxOptions
            {
                IsPaced = false,
                Seed = seed,
                TimeScale = 6000,
            },
            Token
        );
        using var clients = new SandboxClients(sandbox);
        await using var hook = await WebHook.StartAsync();
        await clients.GroupAsync("rg", Token);
        var subscription = $"/subscriptions/{SandboxClients.Subscription}";
        var cluster = $"{SandboxClients.ClusterId("rg", "c1")}";
        await Grid.SubscribeAsync(
            clients,
            subscription,
            "all",
            hook.Url,
            """{"filter":{"advancedFilters":[{"operatorType":"StringNotContains","key":"subject","values":["eventSubscriptions"]}]}}"""
        );
        await Grid.PutNetworkAsync(clients, "rg", "net");
        await ArmFixture.SendAsync(clients, "PUT", ArmFixture.ClusterPath("rg", "c1"), ArmFixture.Cluster());
        await ArmFixture.QuietAsync(sandbox);
        await Grid.SubscribeAsync(clients, cluster, "aks", hook.Url);
        sandbox.Events.Publish(cluster, ContainerServiceEvent.NodePoolRollingStarted("nodepool1"));
        await hook.EventsAsync(3);
        await ArmFixture.SendAsync(clients, "DELETE", $"{Grid.Group("rg")}?api-version=2022-09-01");
        var events = await hook.EventsAsync(6);
        return [.. events.Select(one => $"{one["eventType"]} {one["subject"]} {one["id"]}").Order(StringComparer.Ordinal)];
    }

    private static async Task EndedAsync(AzureSandbox sandbox, int count)
    {
        sandbox.Clock.Advance(TimeSpan.FromMinutes(30));
        await Wait.UntilAsync(
            () => sandbox.Operations.Count(operation => operation.Status == "Succeeded") == count,
            TestContext.Current.CancellationToken
        );
    }

    /// <summary>Ports, public addresses and times.</summary>
    [GeneratedRegex(@"127\.[0-9.]+(:[0-9]+)?|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|\+00:00)")]
    private static partial Regex Volatile();
}
