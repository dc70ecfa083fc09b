using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Azure.Storage.Queues;
using k8s;
using MeshPort.EndToEnd.Tests.Contract;
using MeshPort.EndToEnd.Tests.Events;
using MeshPort.Messages;
using MeshPort.Model;
using MeshPort.Runtime;
using Microsoft.Data.Sqlite;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>Failures of MeshPort itself. KillTests and KeeperCrashTests kill its process.</summary>
public sealed class HostFailureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact, FailureRow("not-ready"), FailureRow("keeper-failed")]
    public async Task An_unreadable_state_store_is_reported_and_failed_keepers_start_again()
    {
        await using var room = await FailureRoom.ReadyAsync();
        var durable = room.Host.Functions.Services.GetRequiredService<DurableTaskClient>();

        await ChangeStateAsync(room.Host, "ALTER TABLE rows RENAME TO away");
        using (var ready = await room.Host.Client.GetAsync("/health/ready", Token))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            var problem = await ready.Content.ReadFromJsonAsync<JsonElement>(Token);
            Assert.EndsWith("#not-ready", problem.GetProperty("type").GetString(), StringComparison.Ordinal);
            Assert.Contains("check the log and the storage settings", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        await Wait.UntilAsync(
            "the keeper has failed",
            Walkthrough.Within,
            async () =>
                (await durable.GetInstanceAsync(MeshPortHost.Id.KeeperId, Token))?.RuntimeStatus == OrchestrationRuntimeStatus.Failed,
            Token
        );
        using var cluster = room.Host.Kubernetes();
        await cluster.CustomObjects.DeleteNamespacedCustomObjectAsync(
            "networking.istio.io",
            "v1",
            "default",
            "gateways",
            "meshport-echo",
            cancellationToken: Token
        );

        await ChangeStateAsync(room.Host, "ALTER TABLE away RENAME TO rows");
        await Wait.UntilAsync(
            "the keeper runs",
            Walkthrough.Within,
            async () =>
                (await durable.GetInstanceAsync(MeshPortHost.Id.KeeperId, Token))?.RuntimeStatus == OrchestrationRuntimeStatus.Running,
            Token
        );
        await Wait.UntilAsync(
            "drift is repaired",
            Walkthrough.Within,
            async () => (await room.HistoryAsync("Repaired")).Any(message => message.Contains("Gateway", StringComparison.Ordinal)),
            Token
        );
        await room.HealsAsync(ConditionTypes.Reachable, Reasons.Answered);
    }

    [Fact, FailureRow("state-unavailable")]
    public async Task Requests_are_refused_with_a_retry_while_the_state_store_is_unavailable_and_accepted_later()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        var answers = new CheckedAnswers(ApiDescription.Parse(await host.Client.GetStringAsync("/openapi.yaml", Token)));
        using var client = new HttpClient(answers) { BaseAddress = host.Functions.Address };
        var (cluster, one) = (MeshPortHost.Cluster, $"{MeshPortHost.Cluster}/exposures/one");
        var (clusterSpec, spec) = (new { spec = MeshPortHost.ClusterSpec() }, new { spec = MeshPortHost.Echo("one", 9001) });

        (await client.GetAsync(cluster, Token)).Dispose(); // the first request creates the database
        await ChangeStateAsync(host, "ALTER TABLE rows RENAME TO away");
        Func<Task<HttpResponseMessage>>[] requests =
        [
            () => client.GetAsync(cluster[..cluster.LastIndexOf('/')], Token),
            () => client.GetAsync(cluster, Token),
            () => client.PutAsJsonAsync(cluster, clusterSpec, Token),
            () => client.PutAsJsonAsync($"{cluster}?dryRun=true", clusterSpec, Token),
            () => client.DeleteAsync(cluster, Token),
            () => client.PostAsync($"{cluster}/reconcile", null, Token),
            () => client.GetAsync($"{cluster}/operations/{Guid.Empty:N}", Token),
            () => client.GetAsync($"{cluster}/exposures", Token),
            () => client.PostAsJsonAsync($"{cluster}/exposures", new { put = new[] { new { name = "one", spec.spec } } }, Token),
            () => client.GetAsync(one, Token),
            () => client.PutAsJsonAsync(one, spec, Token),
            () => client.DeleteAsync(one, Token),
            () => client.GetAsync("/api/rejections", Token),
        ];
        foreach (var ask in requests)
        {
            using var answer = await ask();
            var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
            Assert.True(answer.StatusCode == HttpStatusCode.ServiceUnavailable, $"{answer.RequestMessage}: {answer.StatusCode} {problem}");
            Assert.EndsWith("#state-unavailable", problem.GetProperty("type").GetString(), StringComparison.Ordinal);
            Assert.Equal(TimeSpan.FromSeconds(5), answer.Headers.RetryAfter?.Delta);
        }

        await ChangeStateAsync(host, "ALTER TABLE away RENAME TO rows");
        using var accepted = await client.PutAsJsonAsync(cluster, clusterSpec, Token);
        Assert.Equal(HttpStatusCode.Created, accepted.StatusCode);
        Assert.Empty(answers.Deviations);
    }

    [Fact, FailureRow("state-unavailable")]
    public async Task A_message_waits_while_the_state_store_is_unavailable_and_is_not_poison()
    {
        await using var host = await MeshPortHost.StartReadyAsync(Token);
        var queue = host.Queue(ExposureQueue.Name);
        await queue.CreateIfNotExistsAsync(cancellationToken: Token);
        await ChangeStateAsync(host, "ALTER TABLE rows RENAME TO away");
        await queue.SendMessageAsync(
            $$$"""{"cluster":"""
                + $$$"""{"subscriptionId":"{{{MeshPortHost.Id.SubscriptionId}}}","""
                + $$$""" "resourceGroup":"{{{MeshPortHost.Id.ResourceGroup}}}","name":"{{{MeshPortHost.Id.Name}}}"},"""
                + """ "put":[{"name":"one","spec":{"port":9001,"backends":[{"service":"one","port":9001}]}}]}""",
            Token
        );
        await Wait.UntilAsync(
            "it has more attempts than the default of the trigger",
            Walkthrough.Within,
            async () => await AttemptsAsync(host) > 7,
            Token
        );
        await ChangeStateAsync(host, "ALTER TABLE away RENAME TO rows");

        await Wait.UntilAsync(
            "it is accepted",
            Walkthrough.Within,
            async () => (await host.Client.GetAsync($"{MeshPortHost.Cluster}/exposures/one", Token)).StatusCode == HttpStatusCode.OK,
            Token
        );
        Assert.False(await host.Queue(ExposureQueue.Poison).ExistsAsync(Token));
    }

    [Fact, FailureRow("queue-away")]
    public async Task An_unavailable_queue_blocks_nothing_else_and_resumes_when_it_is_back()
    {
        using var directory = new TestDirectory();
        await using var storage = await LocalHost.StartAsync(
            new LocalHostOptions
            {
                Functions = new ClusterEventFunction.Alone(),
                DataDirectory = directory.Path,
                Configure = builder => builder.Logging.ClearProviders(),
            },
            Token
        ); // the embedded queues instead of a storage account
        await using var relay = new Relay(storage.Address.Port);
        await using var host = await MeshPortHost.StartAsync(
            Token,
            (
                "AzureWebJobsStorage",
                storage.QueueConnectionString.Replace($":{storage.Address.Port}/", $":{relay.Port}/", StringComparison.Ordinal)
            )
        );
        await host.PutClusterAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9001), Token), Token);

        relay.Start();
        var queue = new QueueClient(
            storage.QueueConnectionString,
            ExposureQueue.Name,
            new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 }
        );
        await queue.CreateIfNotExistsAsync(cancellationToken: Token);
        await queue.SendMessageAsync(
            $$$"""{"cluster":"""
                + $$$"""{"subscriptionId":"{{{MeshPortHost.Id.SubscriptionId}}}","""
                + $$$""" "resourceGroup":"{{{MeshPortHost.Id.ResourceGroup}}}","name":"{{{MeshPortHost.Id.Name}}}"},"delete":["one"]}""",
            Token
        );
        await Wait.UntilAsync(
            "the message was processed",
            Walkthrough.Within * 2,
            async () => (await host.Client.GetAsync($"{MeshPortHost.Cluster}/exposures/one", Token)).StatusCode == HttpStatusCode.NotFound,
            Token
        );
    }

    /// <summary>How often the trigger has received the only message.</summary>
    private static async Task<long> AttemptsAsync(MeshPortHost host)
    {
        var folder = Assert.IsType<string>(Path.GetDirectoryName(host.StateFile));
        var file = Directory.EnumerateFiles(folder, "durable.db", SearchOption.AllDirectories).Single();
        using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync(Token);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT max(dequeues) FROM storage_messages";
        return await command.ExecuteScalarAsync(Token) is long attempts ? attempts : 0;
    }

    private static async Task ChangeStateAsync(MeshPortHost host, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={host.StateFile};Default Timeout=30;Pooling=False");
        await connection.OpenAsync(Token);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Token);
    }
}
