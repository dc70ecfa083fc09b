using MeshPort.Sandbox.Tests.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.EventGrid;

/// <summary>Event subscriptions as resources: read, change, delete, and invalid requests.</summary>
public sealed class EventSubscriptionTests(ArmFixture arm) : IClassFixture<ArmFixture>
{
    [Fact]
    public async Task A_subscription_shows_its_defaults_and_only_getFullUrl_shows_the_secret()
    {
        await using var hook = await WebHook.StartAsync();
        var scope = await GroupAsync("shown");
        await Grid.SubscribeAsync(arm.Clients, scope, "mine", hook.Url);

        var (status, body, _) = await arm.SendAsync("GET", Grid.Path(scope, "mine"));
        var url = await arm.SendAsync("POST", Grid.Path(scope, "mine", "/getFullUrl"));

        Assert.Equal((200, "mine", "Microsoft.EventGrid/eventSubscriptions"), (status, $"{body["name"]}", $"{body["type"]}"));
        var properties = body["properties"]!;
        Assert.Equal(
            (scope, "EventGridSchema", "30", "1440"),
            (
                $"{properties["topic"]}",
                $"{properties["eventDeliverySchema"]}",
                $"{properties["retryPolicy"]!["maxDeliveryAttempts"]}",
                $"{properties["retryPolicy"]!["eventTimeToLiveInMinutes"]}"
            )
        );
        Assert.Equal(hook.Url.Split('?')[0], $"{properties["destination"]!["properties"]!["endpointBaseUrl"]}");
        Assert.Contains(
            "Microsoft.Resources.ResourceDeleteCancel",
            properties["filter"]!["includedEventTypes"]!.AsArray().Select(type => $"{type}")
        );
        Assert.DoesNotContain("secret", body.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal((200, hook.Url), (url.Status, $"{url.Body["endpointUrl"]}"));
    }

    [Fact]
    public async Task A_PATCH_changes_only_the_named_properties()
    {
        await using var hook = await WebHook.StartAsync();
        var scope = await GroupAsync("patched");
        await Grid.SubscribeAsync(arm.Clients, scope, "mine", hook.Url, """{"labels":["old"],"filter":{"subjectEndsWith":"/n1"}}""");

        var (status, body, message) = await arm.SendAsync(
            "PATCH",
            Grid.Path(scope, "mine"),
            """{"labels":["new"],"retryPolicy":{"maxDeliveryAttempts":5}}"""
        );
        var ended = await Grid.EndAsync(arm.Clients, message);

        Assert.Equal((201, "Updating", "Succeeded"), (status, $"{body["properties"]!["provisioningState"]}", $"{ended["status"]}"));
        var after = (await arm.SendAsync("GET", Grid.Path(scope, "mine"))).Body["properties"]!;
        Assert.Equal(
            ("new", "5", "/n1", "Succeeded"),
            (
                $"{after["labels"]![0]}",
                $"{after["retryPolicy"]!["maxDeliveryAttempts"]}",
                $"{after["filter"]!["subjectEndsWith"]}",
                $"{after["provisioningState"]}"
            )
        );
        Assert.Equal(hook.Url, $"{(await arm.SendAsync("POST", Grid.Path(scope, "mine", "/getFullUrl"))).Body["endpointUrl"]}");
        var unknown = await arm.SendAsync("PATCH", Grid.Path(scope, "mine"), """{"properties":{"labels":[]}}""");
        Assert.Equal((400, "InvalidRequestContent"), (unknown.Status, ArmFixture.Code(unknown.Body)));
    }

    [Fact]
    public async Task A_deleted_subscription_is_gone_and_gets_no_more_events()
    {
        await using var hook = await WebHook.StartAsync();
        await using var other = await WebHook.StartAsync();
        var scope = await GroupAsync("deleted");
        await Grid.SubscribeAsync(arm.Clients, scope, "gone", hook.Url, Grid.NetworksOnly);
        await Grid.SubscribeAsync(arm.Clients, scope, "stays", other.Url, Grid.NetworksOnly);

        var (status, _, message) = await arm.SendAsync("DELETE", Grid.Path(scope, "gone"));
        await Grid.EndAsync(arm.Clients, message);
        await Grid.PutNetworkAsync(arm.Clients, "deleted", "n1");
        await other.EventsAsync(1);

        Assert.Equal(202, status);
        Assert.Equal((404, "ResourceNotFound"), await CodeAsync("GET", Grid.Path(scope, "gone")));
        Assert.Equal(204, (await arm.SendAsync("DELETE", Grid.Path(scope, "gone"))).Status);
        Assert.Empty(hook.Deliveries);
    }

    [Fact]
    public async Task Each_scope_lists_its_own_and_a_subscription_also_those_of_its_groups()
    {
        await using var hook = await WebHook.StartAsync();
        var group = await GroupAsync("scopes");
        var subscription = $"/subscriptions/{SandboxClients.Subscription}";
        var cluster = SandboxClients.ClusterId("scopes", "c1").ToString();
        await arm.SendAsync("PUT", ArmFixture.ClusterPath("scopes", "c1"), ArmFixture.Cluster());
        await Grid.SubscribeAsync(arm.Clients, subscription, "of-subscription", hook.Url, Grid.NetworksOnly);
        await Grid.SubscribeAsync(arm.Clients, group, "of-group", hook.Url, Grid.NetworksOnly);
        await Grid.SubscribeAsync(arm.Clients, cluster, "of-cluster", hook.Url);

        Assert.Equal(["of-cluster"], await ListAsync(cluster));
        Assert.Equal(["of-group"], await ListAsync(group));
        Assert.Superset(new HashSet<string> { "of-group", "of-subscription" }, (await ListAsync(subscription)).ToHashSet());
        Assert.DoesNotContain("of-cluster", await ListAsync(subscription));
        await arm.SendAsync("DELETE", Grid.Path(subscription, "of-subscription"));
    }

    [Fact]
    public async Task A_write_reaches_its_group_and_subscription_but_not_another_group()
    {
        await using var near = await WebHook.StartAsync();
        await using var above = await WebHook.StartAsync();
        await using var beside = await WebHook.StartAsync();
        var subscription = $"/subscriptions/{SandboxClients.Subscription}";
        var group = await GroupAsync("near");
        await Grid.SubscribeAsync(arm.Clients, await GroupAsync("beside"), "mine", beside.Url, Grid.NetworksOnly);
        await Grid.SubscribeAsync(arm.Clients, group, "mine", near.Url, Grid.NetworksOnly);
        await Grid.SubscribeAsync(
            arm.Clients,
            subscription,
            "above",
            above.Url,
            $$$"""{"filter":{"subjectBeginsWith":"{{{group}}}/providers/Microsoft.Network/"}}"""
        );

        await Grid.PutNetworkAsync(arm.Clients, "near", "n1");

        Assert.Equal(group, $"{Assert.Single(await near.EventsAsync(1))["topic"]}");
        Assert.Equal(subscription, $"{Assert.Single(await above.EventsAsync(1))["topic"]}");
        Assert.Equal($"{near.Events[0]["id"]}", $"{above.Events[0]["id"]}");
        Assert.Empty(beside.Deliveries);
    }

    [Fact]
    public async Task A_system_topic_has_its_own_event_subscriptions_and_deletes_them_with_itself()
    {
        await using var hook = await WebHook.StartAsync();
        var group = await GroupAsync("topics");
        var made = await arm.SendAsync(
            "PUT",
            Grid.TopicPath("topics", "t1"),
            $$$"""{"location":"global","properties":{"source":"{{{group}}}","topicType":"Microsoft.Resources.ResourceGroups"}}"""
        );
        Assert.True(made.Status == 201, made.Body.ToJsonString());
        var topic = Grid.Topic("topics", "t1");
        await Grid.SubscribeAsync(arm.Clients, topic, "mine", hook.Url, Grid.NetworksOnly);

        await Grid.PutNetworkAsync(arm.Clients, "topics", "n1");
        Assert.Equal(["n1"], (await hook.EventsAsync(1)).Names());
        Assert.Equal(["mine"], await ListAsync(topic));
        Assert.Empty(await ListAsync(group));
        Assert.Equal(
            "Microsoft.EventGrid/systemTopics/eventSubscriptions",
            $"{(await arm.SendAsync("GET", Grid.Path(topic, "mine"))).Body["type"]}"
        );

        Assert.Equal(200, (await arm.SendAsync("DELETE", Grid.TopicPath("topics", "t1"))).Status);
        Assert.Equal(404, (await arm.SendAsync("GET", Grid.Path(topic, "mine"))).Status);
        await arm.SendAsync(
            "PUT",
            Grid.TopicPath("topics", "t1"),
            $$$"""{"location":"global","properties":{"source":"{{{group}}}","topicType":"Microsoft.Resources.ResourceGroups"}}"""
        );
        Assert.Empty(await ListAsync(topic));
    }

    [Fact]
    public async Task A_subscription_needs_an_existing_scope()
    {
        var group = await GroupAsync("hanging");
        var body = Grid.Body("http://127.0.0.1:1/hook").ToJsonString();

        Assert.Equal((404, "ResourceGroupNotFound"), await CodeAsync("PUT", Grid.Path(Grid.Group("nowhere"), "mine"), body));
        Assert.Equal(
            (404, "ResourceNotFound"),
            await CodeAsync("PUT", Grid.Path(SandboxClients.ClusterId("hanging", "none").ToString(), "mine"), body)
        );
        Assert.Equal((404, "ResourceNotFound"), await CodeAsync("PUT", Grid.Path(Grid.Topic("hanging", "none"), "mine"), body));
        await Grid.PutNetworkAsync(arm.Clients, "hanging", "n1");
        Assert.Equal(
            (400, "InvalidRequest"),
            await CodeAsync("PUT", Grid.Path($"{group}/providers/Microsoft.Network/virtualNetworks/n1", "mine"), body)
        ); // raises no events
    }

    [Theory]
    [InlineData("m", "{}", "name 'm' is invalid")]
    [InlineData("mine", """{"destination":{"endpointType":"StorageQueue"}}""", "StorageQueue")]
    [InlineData("mine", """{"destination":{"endpointType":"WebHook","properties":{}}}""", "endpointUrl")]
    [InlineData("mine", """{"destination":{"endpointType":"WebHook","properties":{"endpointUrl":"http://example.com/"}}}""", "HTTPS")]
    [InlineData(
        "mine",
        """{"destination":{"endpointType":"WebHook","properties":{"endpointUrl":"https://example.com/","maxEventsPerBatch":5001}}}""",
        "maxEventsPerBatch must be 1 to 5000"
    )]
    [InlineData("mine", """{"retryPolicy":{"maxDeliveryAttempts":31}}""", "maxDeliveryAttempts must be 1 to 30")]
    [InlineData("mine", """{"retryPolicy":{"eventTimeToLiveInMinutes":0}}""", "eventTimeToLiveInMinutes must be 1 to 1440")]
    [InlineData("mine", """{"retryPolicy":{"maxDeliveryAttempts":"ten"}}""", "an integer was expected")]
    [InlineData("mine", """{"eventDeliverySchema":"CustomInputSchema"}""", "eventDeliverySchema")]
    [InlineData("mine", """{"labels":"one"}""", "an array was expected")]
    [InlineData("mine", """{"deadLetterDestination":{"endpointType":"StorageBlob","properties":{}}}""", "blobContainerName")]
    [InlineData("mine", """{"expirationTimeUtc":"soon"}""", "expirationTimeUtc 'soon'")]
    [InlineData("mine", """{"filters":{}}""", "'filters'")]
    [InlineData("mine", """{"filter":{"subject":"x"}}""", "'subject'")]
    [InlineData("mine", """{"filter":{"advancedFilters":[{"operatorType":"StringLike","key":"subject","values":["x"]}]}}""", "StringLike")]
    [InlineData("mine", """{"filter":{"advancedFilters":[{"operatorType":"StringIn","values":["x"]}]}}""", "key")]
    [InlineData("mine", """{"filter":{"advancedFilters":[{"operatorType":"StringIn","key":"subject","values":[]}]}}""", "1 to 25 values")]
    [InlineData("mine", """{"filter":{"advancedFilters":[{"operatorType":"NumberIn","key":"data.size","values":["x"]}]}}""", "numbers")]
    [InlineData("mine", """{"filter":{"advancedFilters":[{"operatorType":"NumberLessThan","key":"data.size"}]}}""", "value of its type")]
    public async Task An_invalid_body_is_refused_with_its_error_and_creates_nothing(string name, string properties, string message)
    {
        var scope = await GroupAsync("bodies");

        var (status, body, _) = await arm.SendAsync(
            "PUT",
            Grid.Path(scope, name),
            Grid.Body("http://127.0.0.1:1/hook", properties).ToJsonString()
        );

        Assert.Equal(400, status);
        Assert.Contains(message, $"{(body["error"] ?? body)["message"]}", StringComparison.Ordinal);
        Assert.Empty(await ListAsync(scope));
    }

    private async Task<IReadOnlyList<string>> ListAsync(string scope) =>
        [.. (await arm.SendAsync("GET", Grid.Path(scope))).Body["value"]!.AsArray().Select(one => $"{one!["name"]}")];

    private async Task<(int Status, string? Code)> CodeAsync(string method, string path, string? body = null) =>
        await arm.SendAsync(method, path, body) is var answer ? (answer.Status, ArmFixture.Code(answer.Body)) : default;

    private async Task<string> GroupAsync(string name)
    {
        await arm.Clients.GroupAsync(name, TestContext.Current.CancellationToken);
        return Grid.Group(name);
    }
}
