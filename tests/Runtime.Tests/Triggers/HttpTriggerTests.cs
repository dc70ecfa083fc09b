using System.Net;
using System.Net.Http.Json;
using System.Text;

namespace MeshPort.Runtime.Tests.Triggers;

public sealed class HttpTriggerTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_result_holds_the_response_and_messages()
    {
        await using var host = await TriggersHost.StartAsync();
        using var answer = await host.Http.PostAsync("api/enqueue/hi", null, Cancelled);
        Assert.Equal((HttpStatusCode.Accepted, "hi"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled)));
        Assert.Equal("Text hi 1 True", await host.Deliveries.NextAsync(Cancelled));
        Assert.Equal("Text hi 1 True", await host.Deliveries.NextAsync(Cancelled));
    }

    [Fact]
    public async Task A_body_that_is_too_large_gives_413()
    {
        await using var host = await TriggersHost.StartAsync(("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "1000"));
        Assert.Equal(
            "1000",
            await (await host.Http.PostAsync("api/Read", new StringContent(new string('x', 1000)), Cancelled)).Content.ReadAsStringAsync(
                Cancelled
            )
        );
        Assert.Equal(
            HttpStatusCode.RequestEntityTooLarge,
            (await host.Http.PostAsync("api/Read", new StringContent(new string('x', 1001)), Cancelled)).StatusCode
        );
    }

    [Theory]
    [InlineData("api/Read", true)]
    [InlineData("api/Read", false)]
    [InlineData("api/orders/corner", true)]
    [InlineData("runtime/webhooks/EventGrid?functionName=OnText", true)]
    [InlineData("runtime/webhooks/durabletask/instances/one/raiseEvent/word", true)]
    public async Task A_caller_that_still_sends_a_body_that_is_too_large_gets_413_and_no_reset(string path, bool chunked)
    {
        await using var host = await TriggersHost.StartAsync(("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "1000"));
        for (var attempt = 0; attempt < 10; attempt++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = new StringContent($"\"{new string('x', 4_000_000)}\"", Encoding.UTF8, "application/json"),
                Headers = { TransferEncodingChunked = chunked },
            };
            request.Headers.Add("aeg-event-type", "Notification");
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await host.Http.SendAsync(request, Cancelled)).StatusCode);
        }
    }

    [Fact]
    public async Task A_body_of_unknown_length_can_be_as_large_as_the_limit()
    {
        await using var host = await TriggersHost.StartAsync(("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "1000"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/Read")
        {
            Content = new StringContent(new string('x', 1000)),
            Headers = { TransferEncodingChunked = true },
        };
        Assert.Equal("1000", await (await host.Http.SendAsync(request, Cancelled)).Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_value_that_does_not_fit_its_parameter_gives_400()
    {
        await using var host = await TriggersHost.StartAsync();
        Assert.Equal("7 GET", await host.Http.GetStringAsync("api/number/7", Cancelled));
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Http.GetAsync("api/number/seven", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task The_token_is_cancelled_when_the_caller_disconnects()
    {
        await using var host = await TriggersHost.StartAsync();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var call = host.Http.GetAsync("api/Waiting", leaving.Token);
        Assert.Equal("waiting GET", await host.Deliveries.NextAsync(Cancelled));
        await leaving.CancelAsync();
        Assert.Equal("cancelled", await host.Deliveries.NextAsync(Cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task A_function_that_exceeds_functionTimeout_is_cancelled_and_gives_500()
    {
        await using var host = await TriggersHost.StartAsync(("functionTimeout", "00:00:00.2"));
        Assert.Equal(HttpStatusCode.InternalServerError, (await host.Http.GetAsync("api/Waiting", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task More_requests_than_host_json_allows_get_429()
    {
        await using var host = await TriggersHost.StartAsync(("extensions:http:maxOutstandingRequests", "1"));
        var first = host.Http.GetAsync("api/Gated", Cancelled);
        Assert.Equal("gated GET", await host.Deliveries.NextAsync(Cancelled));
        Assert.Equal(HttpStatusCode.TooManyRequests, (await host.Http.GetAsync("api/number/7", Cancelled)).StatusCode);
        host.Deliveries.Gate.SetResult();
        Assert.Equal("done", await (await first).Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_configured_key_is_required()
    {
        await using var host = await TriggersHost.StartAsync(("MeshPort:FunctionKey", "k/1"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Http.GetAsync("api/number/7", Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Http.GetAsync("api/number/7?code=other", Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("api/number/7?code=k%2F1", Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await host.Http.PostAsync("api/Read", null, Cancelled)).StatusCode); // anonymous
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await host.Http.GetAsync("runtime/webhooks/durabletask/instances", Cancelled)).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await host.Http.PostAsync("runtime/webhooks/EventGrid?functionName=OnEvent", null, Cancelled)).StatusCode
        );

        using var request = new HttpRequestMessage(HttpMethod.Get, "runtime/webhooks/durabletask/instances");
        request.Headers.Add("x-functions-key", "k/1");
        using var both = new HttpRequestMessage(HttpMethod.Get, "api/number/7?code=k%2F1");
        both.Headers.Add("x-functions-key", "other");
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Http.SendAsync(both, Cancelled)).StatusCode); // as on Azure, the header wins
        var list = await (await host.Http.SendAsync(request, Cancelled)).Content.ReadFromJsonAsync<object[]>(Cancelled);
        Assert.Empty(list!); // a list is never null
    }

    [Theory]
    [InlineData("0.0.0.0", null, "MeshPort:FunctionKey")]
    [InlineData("::", "short", "MeshPort:FunctionKey")]
    [InlineData("everywhere", "long enough to be a key", "MeshPort:Listen")]
    public async Task Other_machines_have_access_only_with_a_key(string listen, string? key, string named)
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            TriggersHost.StartAsync(("MeshPort:Listen", listen), ("MeshPort:FunctionKey", key ?? ""))
        );

        Assert.Contains(
            $"setting {named}",
            exception.Message.Replace("set MeshPort", "setting MeshPort", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Another_loopback_address_needs_no_key()
    {
        await using var host = await TriggersHost.StartAsync(("MeshPort:Listen", "127.0.0.2"));

        Assert.Equal("127.0.0.2", host.Host.Address.Host);
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("api/number/7", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task Stopping_rejects_new_requests_and_lets_running_ones_end()
    {
        await using var host = await TriggersHost.StartAsync();
        var inside = host.Http.GetAsync("api/Gated", Cancelled);
        Assert.Equal("gated GET", await host.Deliveries.NextAsync(Cancelled));
        var stopped = host.Host.DisposeAsync();
        await Wait.UntilAsync(
            async () => (await host.Http.GetAsync("api/number/7", Cancelled)).StatusCode == HttpStatusCode.ServiceUnavailable,
            Cancelled
        );
        Assert.False(inside.IsCompleted);
        host.Deliveries.Gate.SetResult();
        Assert.Equal("done", await (await inside).Content.ReadAsStringAsync(Cancelled));
        await stopped;
    }
}
