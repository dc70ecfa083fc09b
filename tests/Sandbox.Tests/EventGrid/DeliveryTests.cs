using System.Text.Json.Nodes;
using Azure.Messaging;
using Azure.Messaging.EventGrid;
using Azure.Messaging.EventGrid.SystemEvents;
using MeshPort.Sandbox.EventGrid;
using MeshPort.Sandbox.Tests.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.EventGrid;

public sealed class DeliveryTests(ArmFixture arm) : IClassFixture<ArmFixture>
{
    private const string Cloud = """{"eventDeliverySchema":"CloudEventSchemaV1_0"}""";

    [Fact]
    public async Task A_cluster_PUT_raises_an_event_when_it_ends()
    {
        await using var hook = await WebHook.StartAsync();
        var scope = await GroupAsync("put");
        await Grid.SubscribeAsync(
            arm.Clients,
            scope,
            "mine",
            hook.Url,
            """{"filter":{"includedEventTypes":["Microsoft.Resources.ResourceWriteSuccess"],"subjectEndsWith":"/c1"}}"""
        );

        await ArmFixture.SendAsync(arm.Clients, "PUT", ArmFixture.ClusterPath("put", "c1"), ArmFixture.Cluster());
        await hook.EventsAsync(1);

        var received = Assert.Single(hook.Deliveries);
        var raised = Assert.Single(EventGridEvent.ParseMany(BinaryData.FromString(received.Body)));
        Assert.True(raised.TryGetSystemEventData(out var data));
        var success = Assert.IsType<ResourceWriteSuccessEventData>(data);
        Assert.Equal(
            ("Microsoft.ContainerService/managedClusters/write", "Succeeded", "Microsoft.ContainerService"),
            (success.OperationName, success.Status, success.ResourceProvider)
        );
        Assert.Equal((SandboxClients.ClusterId("put", "c1").ToString(), scope), (raised.Subject, raised.Topic));
        Assert.Equal(arm.Sandbox.ClientId, JsonNode.Parse(raised.Data.ToString())!["claims"]!["appid"]!.GetValue<string>());
        Assert.Equal(
            ("0", "2", "1"),
            (received.Headers["aeg-delivery-count"], received.Headers["aeg-data-version"], received.Headers["aeg-metadata-version"])
        );
        Assert.Equal(
            "Succeeded",
            (await ArmFixture.SendAsync(arm.Clients, "GET", ArmFixture.ClusterPath("put", "c1"))).Body["properties"]![
                "provisioningState"
            ]!.GetValue<string>()
        );
    }

    [Fact]
    public async Task An_event_of_AKS_is_delivered_as_a_CloudEvent_through_a_system_topic()
    {
        await using var hook = await WebHook.StartAsync();
        var group = await GroupAsync("aks");
        await ArmFixture.SendAsync(arm.Clients, "PUT", ArmFixture.ClusterPath("aks", "c1"), ArmFixture.Cluster());
        var id = SandboxClients.ClusterId("aks", "c1").ToString();
        var topic = await ArmFixture.SendAsync(
            arm.Clients,
            "PUT",
            Grid.TopicPath("aks", "t1"),
            $$$"""{"location":"eastus2","properties":{"source":"{{{id}}}","topicType":"Microsoft.ContainerService.ManagedClusters"}}"""
        );
        Assert.Equal(201, topic.Status);
        await Grid.SubscribeAsync(arm.Clients, Grid.Topic("aks", "t1"), "mine", hook.Url, Cloud);

        var eventId = arm.Sandbox.Events.Publish(id, ContainerServiceEvent.NodePoolRollingStarted("nodepool1"));
        await hook.EventsAsync(1);

        var received = Assert.Single(hook.Deliveries);
        Assert.StartsWith("application/cloudevents+json", received.Headers["Content-Type"], StringComparison.Ordinal);
        var raised = Assert.Single(CloudEvent.ParseMany(BinaryData.FromString(received.Body)));
        Assert.True(raised.TryGetSystemEventData(out var data));
        Assert.Equal("nodepool1", Assert.IsType<ContainerServiceNodePoolRollingStartedEventData>(data).NodePoolName);
        Assert.Equal(
            (eventId, "c1", true),
            (raised.Id, raised.Subject, raised.Source.StartsWith(group, StringComparison.OrdinalIgnoreCase))
        );
    }

    [Fact]
    public async Task A_failed_delivery_is_retried_until_it_is_accepted()
    {
        await using var hook = await WebHook.StartAsync();
        hook.OnDelivery = number => number < 3 ? 500 : 200;
        var scope = await GroupAsync("again");
        await Grid.SubscribeAsync(arm.Clients, scope, "mine", hook.Url, Grid.NetworksOnly);

        await Grid.PutNetworkAsync(arm.Clients, "again", "n1");
        await hook.EventsAsync(3);

        Assert.Equal(["0", "1", "2"], hook.Deliveries.Select(delivery => delivery.Headers["aeg-delivery-count"]));
        Assert.Single(hook.Events.Select(one => one["id"]!.GetValue<string>()).Distinct());
    }

    [Theory]
    [InlineData(400, 1, "UndeliverableDueToClientError", "BadRequest")]
    [InlineData(500, 3, "MaxDeliveryAttemptsExceeded", "InternalServerError")]
    public async Task An_event_after_the_last_attempt_becomes_a_dead_letter(int answer, int attempts, string reason, string outcome)
    {
        await using var hook = await WebHook.StartAsync();
        hook.OnDelivery = _ => answer;
        var scope = await GroupAsync($"dead{answer}");
        await Grid.SubscribeAsync(
            arm.Clients,
            scope,
            "mine",
            hook.Url,
            Grid.NetworksOnly.With("""{"retryPolicy":{"maxDeliveryAttempts":3}}""")
        );

        await Grid.PutNetworkAsync(arm.Clients, $"dead{answer}", "n1");
        await Wait.UntilAsync(() => Letters().Any(), TestContext.Current.CancellationToken);

        var letter = Assert.Single(Letters());
        Assert.Equal((reason, attempts, outcome), (letter.Reason, letter.Attempts, letter.LastOutcome));
        Assert.Equal(reason, letter.Event["deadLetterReason"]!.GetValue<string>());
        Assert.Equal(attempts, hook.Deliveries.Count);

        IEnumerable<DeadLetter> Letters() =>
            arm.Sandbox.Events.DeadLetters.Where(dead => dead.Subscription.StartsWith(scope, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Events_are_held_duplicated_and_reordered_on_command()
    {
        await using var sandbox = await AzureSandbox.StartAsync(
            new SandboxOptions { IsPaced = false, TimeScale = 6000 },
            TestContext.Current.CancellationToken
        );
        using var clients = new SandboxClients(sandbox);
        await clients.GroupAsync("order", TestContext.Current.CancellationToken);
        await using var hook = await WebHook.StartAsync();
        await Grid.SubscribeAsync(clients, Grid.Group("order"), "mine", hook.Url, Grid.NetworksOnly);
        sandbox.Events.Hold();
        sandbox.Events.Reorder = true;
        sandbox.Events.DuplicateNext();
        await Grid.PutNetworkAsync(clients, "order", "n1");
        await ArmFixture.QuietAsync(sandbox);
        await Grid.PutNetworkAsync(clients, "order", "n2");
        await ArmFixture.QuietAsync(sandbox);
        sandbox.Clock.Advance(TimeSpan.FromMinutes(1)); // after the window
        Assert.Empty(hook.Deliveries);

        sandbox.Events.Release();

        Assert.Equal(["n2", "n2", "n1"], (await hook.EventsAsync(3)).Names());
        await Wait.UntilAsync(() => sandbox.Events.Waiting == 0, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Undelivered_events_are_delivered_after_a_restart()
    {
        using var directory = new TestDirectory();
        var options = new SandboxOptions
        {
            IsPaced = false,
            TimeScale = 600,
            StateFile = directory["sandbox.db"],
        };
        await using var hook = await WebHook.StartAsync();
        await using (var before = await AzureSandbox.StartAsync(options, TestContext.Current.CancellationToken))
        {
            using var clients = new SandboxClients(before);
            await clients.GroupAsync("kept", TestContext.Current.CancellationToken);
            await Grid.SubscribeAsync(clients, Grid.Group("kept"), "mine", hook.Url, Grid.NetworksOnly);
            before.Events.Hold();
            await Grid.PutNetworkAsync(clients, "kept", "n1");
            await Wait.UntilAsync(() => before.Events.Waiting == 1, TestContext.Current.CancellationToken);
        }

        Assert.Empty(hook.Deliveries);
        await using var after = await AzureSandbox.StartAsync(options, TestContext.Current.CancellationToken);
        Assert.Equal(["n1"], (await hook.EventsAsync(1)).Names());
    }

    private async Task<string> GroupAsync(string name)
    {
        await arm.Clients.GroupAsync(name, TestContext.Current.CancellationToken);
        return Grid.Group(name);
    }
}
