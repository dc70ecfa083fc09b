using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MeshPort.EndToEnd.Tests.Keepers;
using MeshPort.Sandbox;
using Microsoft.Data.Sqlite;

namespace MeshPort.EndToEnd.Tests;

/// <summary>Backup and restore as docs/operations.md describes them.</summary>
public sealed class RestoreTests
{
    private static readonly string Exposure = $"{MeshPortHost.Cluster}/exposures/echo";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_copy_of_the_state_of_a_running_MeshPort_can_be_restored()
    {
        using var first = new TestDirectory();
        using var second = new TestDirectory();
        await using var azure = await AzureSandbox.StartAsync(new SandboxOptions { TimeScale = 300 }, Token);
        await using (var host = await MortalHost.StartAsync(azure, first.Path, Token))
        {
            (
                await host.Client.PutAsJsonAsync(MeshPortHost.Cluster, new { spec = Walkthrough.Environment.ClusterSpec }, Token)
            ).EnsureSuccessStatusCode();
            (await host.Client.PutAsJsonAsync(Exposure, new { spec = MeshPortHost.Echo("echo", 9000) }, Token)).EnsureSuccessStatusCode();
            await ReadyAsync(host);
            CopyOnline(first.Path, second.Path);
        }

        using var cluster = azure.Administrate();
        await k8s.CustomObjectsOperationsExtensions.DeleteNamespacedCustomObjectAsync(
            cluster.CustomObjects,
            "networking.istio.io",
            "v1",
            "default",
            "gateways",
            "meshport-echo",
            cancellationToken: Token
        );

        await using var restored = await MortalHost.StartAsync(azure, second.Path, Token);
        (await restored.Client.PostAsync($"{MeshPortHost.Cluster}/reconcile", null, Token)).EnsureSuccessStatusCode();
        await Wait.UntilAsync(
            "drift is repaired",
            Walkthrough.Within,
            async () =>
                $"{await restored.Client.GetFromJsonAsync<JsonObject>(Exposure, Token)}".Contains(
                    "Gateway default/meshport-echo: It does not exist.",
                    StringComparison.Ordinal
                ),
            Token
        );
        await ReadyAsync(restored);
        Assert.Single(azure.Operations, operation => operation.Kind == "managedClusters/create");
    }

    /// <summary>Copies the database like <c>.backup</c> of the command line.</summary>
    private static void CopyOnline(string from, string to)
    {
        using var source = new SqliteConnection($"Data Source={Path.Combine(from, "meshport.db")};Pooling=False");
        using var target = new SqliteConnection($"Data Source={Path.Combine(to, "meshport.db")};Pooling=False");
        source.Open();
        target.Open();
        source.BackupDatabase(target);
    }

    private static Task ReadyAsync(MortalHost host) =>
        Wait.UntilAsync(
            "the port is proven",
            Walkthrough.Within,
            async () =>
                (await host.Client.GetFromJsonAsync<JsonObject>(Exposure, Token))
                    ?["status"]?["conditions"]?.AsArray()
                    .All(condition => condition?["status"]?.GetValue<string>() == "True") == true,
            Token
        );
}
