using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Control;
using MeshPort.Sandbox.Tests.EventGrid;
using MeshPort.Sandbox.Tests.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.Control;

/// <summary><c>/sandbox/events</c>, as a shell uses it.</summary>
public sealed class EventControlTests(ArmFixture arm) : IClassFixture<ArmFixture>, IAsyncLifetime
{
    private const string Path = "/sandbox/events";
    private readonly HttpClientHandler _handler = new();
    private SandboxControl? _control;
    private HttpClient? _http;

    public async ValueTask InitializeAsync()
    {
        _control = await SandboxControl.StartAsync(arm.Sandbox, "secret", TestContext.Current.CancellationToken);
        _http = new HttpClient(_handler, disposeHandler: false) { BaseAddress = _control.Endpoint };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
    }

    [Fact]
    public async Task An_event_is_sent_held_duplicated_and_released()
    {
        await using var hook = await WebHook.StartAsync();
        var id = await SubscribedAsync("sent", hook);

        var held = (await SendAsync("PATCH", Path, """{"hold":true,"duplicateNext":1,"duplicate":false,"reorder":false}""")).Body;
        var (status, sent) = await SendAsync("POST", Path, Event(id));
        var waiting = (await SendAsync("GET", Path)).Body;
        Assert.Empty(hook.Deliveries);
        await SendAsync("PATCH", Path, """{"hold":false}""");
        var events = await hook.EventsAsync(2);
        await Wait.UntilAsync(() => arm.Sandbox.Events.Waiting == 0, TestContext.Current.CancellationToken);

        Assert.Equal(("true", 202, "1"), ($"{held["hold"]}", status, $"{waiting["waiting"]}"));
        Assert.NotNull(waiting["nextDue"]);
        Assert.All(events, one => Assert.Equal($"{sent["id"]}", $"{one["id"]}"));
        Assert.Null((await SendAsync("GET", Path)).Body["nextDue"]);
    }

    [Fact]
    public async Task Dead_letters_are_counted_and_listed_with_their_event()
    {
        await using var hook = await WebHook.StartAsync();
        hook.OnDelivery = _ => 401;
        var id = await SubscribedAsync("dead", hook);

        var sent = (await SendAsync("POST", Path, Event(id))).Body;
        await Wait.UntilAsync(() => arm.Sandbox.Events.DeadLetters.Count == 1, TestContext.Current.CancellationToken);

        var letter = Assert.Single((await SendAsync("GET", Path + "/dead-letters")).Body["deadLetters"]!.AsArray())!;
        Assert.Equal(
            ("UndeliverableDueToClientError", "1", "Unauthorized", "false"),
            ($"{letter["reason"]}", $"{letter["attempts"]}", $"{letter["lastOutcome"]}", $"{letter["isStored"]}")
        );
        Assert.Equal(($"{sent["id"]}", "nodepool1"), ($"{letter["event"]!["id"]}", $"{letter["event"]!["data"]!["nodePoolName"]}"));
        Assert.EndsWith("/eventSubscriptions/mine", $"{letter["subscription"]}", StringComparison.Ordinal);
        Assert.Equal("1", $"{(await SendAsync("GET", Path)).Body["deadLetters"]}");
    }

    [Theory]
    [InlineData("POST", "{}", "cluster type")]
    [InlineData("POST", """{"cluster":1,"type":[],"data":[]}""", "cluster data type")]
    [InlineData(
        "POST",
        """
            {"cluster":"/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/none",
            "type":"NodePoolGone","data":{}}
            """,
        "cluster type"
    )]
    [InlineData("POST", """{"cluster":"c","type":"NodePoolRollingStarted","data":{"pool":"p"},"when":"now"}""", "cluster data when")]
    [InlineData("POST", """{"cluster":"c","type":"NodePoolRollingStarted","data":{"nodePoolName":1}}""", "cluster data")]
    [InlineData(
        "PATCH",
        """{"hold":"yes","duplicate":1,"reorder":{},"duplicateNext":-1,"held":true}""",
        "duplicate duplicateNext held hold reorder"
    )]
    [InlineData("PATCH", "[]", "body")]
    [InlineData("POST", "", "body")]
    public async Task Every_invalid_field_is_named_and_nothing_changes(string method, string body, string fields)
    {
        var before = (await SendAsync("GET", Path)).Body.ToJsonString();

        var (status, answer) = await SendAsync(method, Path, body);

        Assert.Equal(400, status);
        Assert.Equal(
            fields,
            string.Join(' ', answer["error"]!["details"]!.AsArray().Select(problem => $"{problem!["field"]}").Order(StringComparer.Ordinal))
        );
        Assert.Equal(before, (await SendAsync("GET", Path)).Body.ToJsonString());
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        _handler.Dispose();
        await (_control?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private static string Event(string id) =>
        new JsonObject
        {
            ["cluster"] = id,
            ["type"] = "NodePoolRollingStarted",
            ["data"] = new JsonObject { ["nodePoolName"] = "nodepool1" },
        }.ToJsonString();

    private async Task<string> SubscribedAsync(string group, WebHook hook)
    {
        var steps = new ClusterSteps(arm, group);
        await steps.CreateAsync();
        await Grid.SubscribeAsync(arm.Clients, steps.Id, "mine", hook.Url);
        return steps.Id;
    }

    private async Task<(int Status, JsonObject Body)> SendAsync(string method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path)
        {
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
        };
        using var response = await _http!.SendAsync(request, TestContext.Current.CancellationToken); // set by InitializeAsync
        return (
            (int)response.StatusCode,
            JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject()
        );
    }
}
