using System.Net;
using System.Text;

namespace MeshPort.Runtime.Tests.Triggers;

public sealed class EventGridTests
{
    private const string Write = """
        {"subject":"/subscriptions/s/resourcegroups/g/providers/Microsoft.ContainerService/managedClusters/c",
         "eventType":"Microsoft.Resources.ResourceWriteSuccess",
         "eventTime":"2018-07-19T18:38:04.6117357Z","id":"w1",
         "data":{"operationName":"Microsoft.ContainerService/managedClusters/write","status":"Succeeded"},
         "dataVersion":"2","metadataVersion":"1","topic":"/subscriptions/s"}
        """;

    private const string Bad =
        """{"subject":"bad","eventType":"t","eventTime":"2018-07-19T18:38:04Z","id":"b1","data":{},"dataVersion":"2"}""";

    private const string Rolling = """
        {"source":"/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c","subject":"c",
         "type":"Microsoft.ContainerService.NodePoolRollingFailed",
         "time":"2023-03-29T18:00:00Z","id":"1234","data":{"nodePoolName":"nodepool1"},"specversion":"1.0"}
        """;

    private const string Validation = """
        [{"id":"2d17","topic":"/subscriptions/s","subject":"",
          "data":{"validationCode":"512d38b6","validationUrl":"https://rp-eastus2.eventgrid.azure.net:553/validate"},
          "eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","eventTime":"2022-10-28T04:23:35Z",
          "metadataVersion":"1","dataVersion":"1"}]
        """;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_handshakes_are_answered()
    {
        await using var host = await TriggersHost.StartAsync();
        var (status, body) = await PostAsync(host, "OnEvent", "SubscriptionValidation", Validation);
        Assert.Equal((HttpStatusCode.OK, """{"validationResponse":"512d38b6"}"""), (status, body));

        using var request = new HttpRequestMessage(HttpMethod.Options, Url("OnCloudEvent"));
        request.Headers.Add("WebHook-Request-Origin", "eventgrid.azure.net");
        using var answer = await host.Http.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(["eventgrid.azure.net"], answer.Headers.GetValues("Webhook-Allowed-Origin"));
    }

    [Theory]
    [InlineData("onevent", Write, "Microsoft.Resources.ResourceWriteSuccess w1")]
    [InlineData("OnEvent", $"[{Write}]", "Microsoft.Resources.ResourceWriteSuccess w1")]
    [InlineData("OnCloudEvent", Rolling, """Microsoft.ContainerService.NodePoolRollingFailed {"nodePoolName":"nodepool1"}""")]
    [InlineData("OnBatch", $"[{Write},{Bad}]", "w1 b1")]
    [InlineData("OnText", Bad, Bad)]
    [InlineData("OnData", $"[{Bad}]", $"[{Bad}]")]
    public async Task A_delivery_runs_its_function(string function, string body, string seen)
    {
        await using var host = await TriggersHost.StartAsync();
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(host, function, "Notification", body)).Status);
        Assert.Equal(seen, await host.Deliveries.NextAsync(Cancelled));
    }

    [Fact]
    public async Task A_failed_event_fails_the_delivery_and_stops_no_other_event()
    {
        await using var host = await TriggersHost.StartAsync();
        Assert.Equal(
            (HttpStatusCode.InternalServerError, "no good: b1"),
            await PostAsync(host, "OnEvent", "Notification", $"[{Bad},{Write}]")
        );
        var seen = new[] { await host.Deliveries.NextAsync(Cancelled), await host.Deliveries.NextAsync(Cancelled) };
        Assert.Equal(["Microsoft.Resources.ResourceWriteSuccess w1", "t b1"], seen.Order());
        Assert.Equal(HttpStatusCode.InternalServerError, (await PostAsync(host, "OnEvent", "Notification", """{"id":"x"}""")).Status);
    }

    [Fact]
    public async Task An_event_function_can_have_outputs()
    {
        await using var host = await TriggersHost.StartAsync();
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(host, "OnPlain", "Notification", Bad)).Status);
        Assert.StartsWith(
            "Text PlainEvent { Id = b1, Subject = bad } 1",
            await host.Deliveries.NextAsync(Cancelled),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_invalid_delivery_is_rejected()
    {
        await using var host = await TriggersHost.StartAsync();
        Assert.Equal((HttpStatusCode.NotFound, "cannot find function: 'Nobody'"), await PostAsync(host, "Nobody", "Notification", Write));
        Assert.Equal((HttpStatusCode.NotFound, "cannot find function: 'Text'"), await PostAsync(host, "Text", "Notification", Write));
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(host, "OnEvent", "Unsubscribe", "")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(host, "OnEvent", "Else", Write)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(host, "OnEvent", "Notification", "{")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(host, "OnEvent", "Notification", "1")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(host, "OnEvent", "SubscriptionValidation", "[]")).Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await host.Http.GetAsync(Url("OnEvent"), Cancelled)).StatusCode);
    }

    private static Uri Url(string function) => new($"runtime/webhooks/EventGrid?functionName={function}", UriKind.Relative);

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(TriggersHost host, string function, string type, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Url(function))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("aeg-event-type", type);
        using var answer = await host.Http.SendAsync(request, Cancelled);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
    }
}
