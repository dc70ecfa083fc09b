using System.Text.Json.Nodes;
using MeshPort.Sandbox.Tests.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.EventGrid;

/// <summary>The delivery schedule. The tests hold and advance time.</summary>
public sealed class RetryTests : IAsyncLifetime
{
    // Seconds; then every twelve hours (Learn, delivery-and-retry).
    private static readonly double[] Schedule = [10, 30, 60, 300, 600, 1800, 3600, 10800, 21600];
    private const string Topics = """
        {"filter":{"advancedFilters":[{"operatorType":"StringContains","key":"subject",
        "values":["Microsoft.EventGrid/systemTopics/"]}]}}
        """;
    private AzureSandbox? _sandbox;
    private SandboxClients? _clients;

    private AzureSandbox Sandbox => _sandbox ?? throw new InvalidOperationException("Not started.");

    private SandboxClients Clients => _clients ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync()
    {
        _sandbox = await AzureSandbox.StartAsync(
            new SandboxOptions { IsPaced = false, TimeScale = 6000 },
            TestContext.Current.CancellationToken
        );
        _clients = new SandboxClients(_sandbox);
    }

    [Theory]
    [InlineData(500, 10)]
    [InlineData(503, 30)]
    [InlineData(408, 120)]
    [InlineData(404, 300)]
    public async Task The_time_between_attempts_grows_and_is_at_least_the_minimum_for_the_answer(int answer, double least)
    {
        await using var hook = await WebHook.StartAsync();
        hook.OnDelivery = _ => answer;
        await SubscribeAsync("schedule", hook);
        Sandbox.Clock.Hold();
        await PublishAsync("schedule", "n1");

        var attempts = 0;
        foreach (var step in Schedule.Select(seconds => Math.Max(seconds, least)))
        {
            var wait = await PostponedAsync(hook, ++attempts);
            Assert.InRange(wait.TotalSeconds, step, step * 1.1); // a small jitter
            Sandbox.Clock.Advance(wait);
        }

        await PostponedAsync(hook, ++attempts);
        Assert.Equal(
            Enumerable.Range(0, attempts).Select(number => $"{number}"),
            hook.Deliveries.Select(delivery => delivery.Headers["aeg-delivery-count"])
        );
    }

    [Fact]
    public async Task An_expired_event_is_given_up_and_not_sent_again()
    {
        await using var hook = await WebHook.StartAsync();
        hook.OnDelivery = _ => 500;
        await SubscribeAsync(
            "ttl",
            hook,
            """
            {"retryPolicy":{"eventTimeToLiveInMinutes":1},"deadLetterDestination":{"endpointType":"StorageBlob",
            "properties":{"resourceId":"/subscriptions/s","blobContainerName":"c"}}}
            """
        );
        Sandbox.Clock.Hold();
        await PublishAsync("ttl", "n1");
        Sandbox.Clock.Advance(await PostponedAsync(hook, 1));
        Sandbox.Clock.Advance(await PostponedAsync(hook, 2)); // 40 to 44 s; the next would come after 60 s more
        var left = await PostponedAsync(hook, 3);

        Assert.InRange(left.TotalSeconds, 15, 20); // until its time to live ends, not until the next attempt
        Sandbox.Clock.Advance(left);
        await Wait.UntilAsync(() => Sandbox.Events.DeadLetters.Count == 1, TestContext.Current.CancellationToken);

        var letter = Sandbox.Events.DeadLetters[0];
        Assert.Equal(
            ("TimeToLiveExceeded", 3, "InternalServerError", true),
            (letter.Reason, letter.Attempts, letter.LastOutcome, letter.IsStored)
        );
        Assert.Equal(("3", letter.Reason), ($"{letter.Event["deliveryAttempts"]}", $"{letter.Event["deadLetterReason"]}"));
        Assert.Equal((3, 0), (hook.Deliveries.Count, Sandbox.Events.Waiting));
    }

    [Fact]
    public async Task Events_come_in_batches_up_to_the_configured_number()
    {
        await using var hook = await WebHook.StartAsync();
        await SubscribeAsync("batches", hook, Destination(hook, """{"maxEventsPerBatch":2,"preferredBatchSizeInKilobytes":1024}"""));

        await HeldAsync("batches", 3);

        Assert.Equal(["n0 n1", "n2"], hook.Deliveries.Select(NamesOf));
    }

    [Fact]
    public async Task A_batch_ends_before_the_preferred_size()
    {
        await using var hook = await WebHook.StartAsync();
        // Smaller than any of these events.
        await SubscribeAsync("sizes", hook, Destination(hook, """{"maxEventsPerBatch":5000,"preferredBatchSizeInKilobytes":1}"""));

        await HeldAsync("sizes", 2);

        Assert.Equal(["n0", "n1"], hook.Deliveries.Select(NamesOf));
    }

    [Fact]
    public async Task CloudEvents_in_batches_are_an_array_with_the_batch_content_type()
    {
        await using var hook = await WebHook.StartAsync();
        await SubscribeAsync(
            "clouds",
            hook,
            Destination(hook, """{"maxEventsPerBatch":10,"preferredBatchSizeInKilobytes":64}""")
                .With("""{"eventDeliverySchema":"CloudEventSchemaV1_0"}""")
        );

        await HeldAsync("clouds", 2);

        var received = Assert.Single(hook.Deliveries);
        Assert.StartsWith("application/cloudevents-batch+json", received.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Equal(["1.0", "1.0"], hook.Events.Select(one => $"{one["specversion"]}"));
    }

    [Fact]
    public async Task A_subscription_gets_nothing_after_its_expiration()
    {
        await using var hook = await WebHook.StartAsync();
        await using var other = await WebHook.StartAsync();
        var expires = Sandbox.Clock.GetUtcNow().AddDays(300);
        await SubscribeAsync("expires", hook, $$"""{"expirationTimeUtc":"{{expires.UtcDateTime:O}}"}""");
        await Grid.SubscribeAsync(Clients, Grid.Group("expires"), "other", other.Url, Topics);
        await PublishAsync("expires", "n1");
        await hook.EventsAsync(1);

        Sandbox.Clock.Advance(TimeSpan.FromDays(300));
        await PublishAsync("expires", "n2");
        await other.EventsAsync(2);

        Assert.Equal(["n1"], hook.Events.Names());
    }

    [Fact]
    public async Task Subscriptions_are_deleted_with_their_cluster_and_group()
    {
        await using var hook = await WebHook.StartAsync();
        await Clients.GroupAsync("gone", TestContext.Current.CancellationToken);
        var cluster = SandboxClients.ClusterId("gone", "c1").ToString();
        await ArmFixture.SendAsync(Clients, "PUT", ArmFixture.ClusterPath("gone", "c1"), ArmFixture.Cluster());
        await ArmFixture.QuietAsync(Sandbox);
        await Grid.SubscribeAsync(Clients, cluster, "of-cluster", hook.Url);
        await Grid.SubscribeAsync(Clients, Grid.Group("gone"), "of-group", hook.Url);

        await ArmFixture.SendAsync(Clients, "DELETE", ArmFixture.ClusterPath("gone", "c1"));
        await ArmFixture.QuietAsync(Sandbox);
        await ArmFixture.SendAsync(Clients, "PUT", ArmFixture.ClusterPath("gone", "c1"), ArmFixture.Cluster());
        await ArmFixture.QuietAsync(Sandbox);
        Assert.Equal(404, (await ArmFixture.SendAsync(Clients, "GET", Grid.Path(cluster, "of-cluster"))).Status);
        Assert.Equal(200, (await ArmFixture.SendAsync(Clients, "GET", Grid.Path(Grid.Group("gone"), "of-group"))).Status);

        await ArmFixture.SendAsync(Clients, "DELETE", $"{Grid.Group("gone")}?api-version=2022-09-01");
        await ArmFixture.QuietAsync(Sandbox);
        await Clients.GroupAsync("gone", TestContext.Current.CancellationToken);
        Assert.Equal(404, (await ArmFixture.SendAsync(Clients, "GET", Grid.Path(Grid.Group("gone"), "of-group"))).Status);
    }

    public async ValueTask DisposeAsync()
    {
        _clients?.Dispose();
        await (_sandbox?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private static string Destination(WebHook hook, string batching) =>
        new JsonObject
        {
            ["destination"] = new JsonObject
            {
                ["endpointType"] = "WebHook",
                ["properties"] = JsonNode.Parse(
                    new JsonObject { ["endpointUrl"] = hook.Url }
                        .ToJsonString()
                        .With(batching)
                ),
            },
        }.ToJsonString();

    private static string NamesOf(Received delivery) =>
        string.Join(' ', JsonNode.Parse(delivery.Body)!.AsArray().Select(one => $"{one!["subject"]}".Split('/')[^1]));

    private async Task SubscribeAsync(string group, WebHook hook, string more = "{}")
    {
        await Clients.GroupAsync(group, TestContext.Current.CancellationToken);
        await Grid.SubscribeAsync(Clients, Grid.Group(group), "mine", hook.Url, Topics.With(more));
    }

    /// <summary>A write whose event is queued on return: a system topic, which is created synchronously.</summary>
    private async Task PublishAsync(string group, string name)
    {
        var (status, body, _) = await ArmFixture.SendAsync(
            Clients,
            "PUT",
            Grid.TopicPath(group, name),
            $$$"""
            {"location":"global","properties":{"source":"{{{Grid.Group(group)}}}","topicType":"Microsoft.Resources.ResourceGroups"}}
            """
        );
        Assert.True(status == 201, body.ToJsonString());
    }

    /// <summary>The time, while the clock is held, from a failed attempt to the next action.</summary>
    private async Task<TimeSpan> PostponedAsync(WebHook hook, int attempts)
    {
        await Wait.UntilAsync(
            () => hook.Deliveries.Count == attempts && Sandbox.Events.NextDue > Sandbox.Clock.GetUtcNow(),
            TestContext.Current.CancellationToken
        );
        return Sandbox.Events.NextDue is { } next ? next - Sandbox.Clock.GetUtcNow() : TimeSpan.Zero;
    }

    private async Task HeldAsync(string group, int count)
    {
        Sandbox.Events.Hold();
        for (var number = 0; number < count; number++)
        {
            await PublishAsync(group, $"n{number}");
            await Wait.UntilAsync(() => Sandbox.Events.Waiting == number + 1, TestContext.Current.CancellationToken);
        }

        Sandbox.Events.Release();
        await Wait.UntilAsync(() => Sandbox.Events.Waiting == 0, TestContext.Current.CancellationToken);
    }
}
