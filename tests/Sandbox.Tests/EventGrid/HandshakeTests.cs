using Azure.Messaging.EventGrid;
using Azure.Messaging.EventGrid.SystemEvents;
using MeshPort.Sandbox.Tests.ResourceManager;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MeshPort.Sandbox.Tests.EventGrid;

public sealed class HandshakeTests(ArmFixture arm) : IClassFixture<ArmFixture>
{
    private const string Cloud = """{"eventDeliverySchema":"CloudEventSchemaV1_0"}""";

    [Fact]
    public async Task An_endpoint_that_echoes_the_code_is_subscribed()
    {
        await using var hook = await WebHook.StartAsync();
        var scope = await GroupAsync("echo");

        Assert.Equal("Succeeded", (await Grid.SubscribeAsync(arm.Clients, scope, "mine", hook.Url))["status"]!.GetValue<string>());

        var asked = Assert.Single(hook.Handshakes);
        Assert.Equal("SubscriptionValidation", asked.EventType);
        Assert.Equal("MINE", asked.Headers["aeg-subscription-name"]);
        var question = Assert.Single(EventGridEvent.ParseMany(BinaryData.FromString(asked.Body)));
        Assert.True(question.TryGetSystemEventData(out var data));
        Assert.NotEmpty(Assert.IsType<SubscriptionValidationEventData>(data).ValidationUrl);
        Assert.Equal("Succeeded", await StateAsync(scope, "mine"));
    }

    [Theory]
    [InlineData(202, "Accepted")]
    [InlineData(404, "NotFound")]
    [InlineData(500, "InternalServerError")]
    public async Task An_endpoint_that_does_not_answer_200_fails_the_creation(int answer, string named)
    {
        await using var hook = await WebHook.StartAsync();
        hook.OnValidation = (http, _) =>
        {
            http.Response.StatusCode = answer;
            return Task.CompletedTask;
        };
        var scope = await GroupAsync($"refused{answer}");

        var operation = await Grid.SubscribeAsync(arm.Clients, scope, "mine", hook.Url);

        Assert.Equal("Failed", operation["status"]!.GetValue<string>());
        Assert.Equal("Url validation", operation["error"]!["code"]!.GetValue<string>());
        Assert.Contains(
            $"Webhook validation handshake failed for {hook.Url.Split('?')[0]}. Http POST request failed with response code {named}.",
            operation["error"]!["message"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
        Assert.Equal("Failed", await StateAsync(scope, "mine"));
    }

    [Fact]
    public async Task An_unreachable_endpoint_fails_the_creation()
    {
        string url;
        await using (var gone = await WebHook.StartAsync())
        {
            url = gone.Url;
        }

        var operation = await Grid.SubscribeAsync(arm.Clients, await GroupAsync("gone"), "mine", url);
        Assert.Contains("response code Unknown", operation["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData(Cloud)]
    public async Task An_endpoint_may_consent_later_by_the_url(string schema)
    {
        await using var sandbox = await AzureSandbox.StartAsync(
            new SandboxOptions { IsPaced = false, TimeScale = 1 },
            TestContext.Current.CancellationToken
        ); // the time to consent is ten minutes
        using var clients = new SandboxClients(sandbox);
        await clients.GroupAsync("later", TestContext.Current.CancellationToken);
        await using var hook = await WebHook.StartAsync();
        hook.OnValidation = (_, _) => Task.CompletedTask; // 200 with an empty body

        Assert.Equal(
            "Failed",
            (await Grid.SubscribeAsync(clients, Grid.Group("later"), "mine", hook.Url, schema))["status"]!.GetValue<string>()
        );
        Assert.Equal("AwaitingManualAction", await StateAsync(clients, Grid.Group("later"), "mine"));
        var asked = Assert.Single(hook.Handshakes);
        var url = new Uri(
            asked.Method == "OPTIONS"
                ? asked.Headers["WebHook-Request-Callback"]
                : System.Text.Json.Nodes.JsonNode.Parse(asked.Body)![0]!["data"]!["validationUrl"]!.GetValue<string>()
        );

        Assert.Equal(400, await GetAsync(clients, url.PathAndQuery + "0"));
        Assert.Equal("AwaitingManualAction", await StateAsync(clients, Grid.Group("later"), "mine"));
        Assert.Equal(200, await GetAsync(clients, url.PathAndQuery));
        Assert.Equal("Succeeded", await StateAsync(clients, Grid.Group("later"), "mine"));
        Assert.Equal(400, await GetAsync(clients, url.PathAndQuery)); // works only once
    }

    [Fact]
    public async Task The_window_for_later_consent_closes()
    {
        await using var hook = await WebHook.StartAsync();
        hook.OnValidation = (_, _) => Task.CompletedTask;
        var scope = await GroupAsync("late");
        await Grid.SubscribeAsync(arm.Clients, scope, "mine", hook.Url);
        var url = new Uri(
            System.Text.Json.Nodes.JsonNode.Parse(Assert.Single(hook.Handshakes).Body)![0]!["data"]!["validationUrl"]!.GetValue<string>()
        );

        arm.Sandbox.Clock.Advance(TimeSpan.FromMinutes(11));

        Assert.Equal("Failed", await StateAsync(scope, "mine"));
        Assert.Equal(400, await GetAsync(arm.Clients, url.PathAndQuery));
    }

    [Fact]
    public async Task CloudEvents_endpoints_consent_through_OPTIONS()
    {
        await using var hook = await WebHook.StartAsync();

        Assert.Equal(
            "Succeeded",
            (await Grid.SubscribeAsync(arm.Clients, await GroupAsync("options"), "mine", hook.Url, Cloud))["status"]!.GetValue<string>()
        );

        var asked = Assert.Single(hook.Handshakes);
        Assert.Equal(("OPTIONS", "eventgrid.azure.net"), (asked.Method, asked.Headers["WebHook-Request-Origin"]));
    }

    [Fact]
    public async Task An_origin_that_is_not_allowed_fails_the_creation()
    {
        await using var hook = await WebHook.StartAsync();
        hook.OnValidation = (http, _) =>
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return Task.CompletedTask;
        };

        var operation = await Grid.SubscribeAsync(arm.Clients, await GroupAsync("notallowed"), "mine", hook.Url, Cloud);
        Assert.Equal("Url validation", operation["error"]!["code"]!.GetValue<string>());
    }

    private async Task<string> GroupAsync(string name)
    {
        await arm.Clients.GroupAsync(name, TestContext.Current.CancellationToken);
        return Grid.Group(name);
    }

    private Task<string> StateAsync(string scope, string name) => StateAsync(arm.Clients, scope, name);

    private static async Task<string> StateAsync(SandboxClients clients, string scope, string name) =>
        (await ArmFixture.SendAsync(clients, "GET", Grid.Path(scope, name))).Body["properties"]!["provisioningState"]!.GetValue<string>();

    /// <summary>Without a token, as from an endpoint or a browser.</summary>
    private static async Task<int> GetAsync(SandboxClients clients, string pathAndQuery)
    {
        using var answer = await clients.Http.GetAsync(new Uri(pathAndQuery, UriKind.Relative), TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }
}
