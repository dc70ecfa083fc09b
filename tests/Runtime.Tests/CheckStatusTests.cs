using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Runtime.Tests.Functions;

namespace MeshPort.Runtime.Tests;

public sealed class CheckStatusTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_response_is_202_with_the_urls_of_the_instance()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        using var answer = await http.PostAsync("api/check/a%20b", null, Cancelled);
        var url = $"{running.Host.Address}runtime/webhooks/durabletask/instances/a%20b";
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(url, answer.Headers.Location?.OriginalString);
        Assert.Null(answer.Headers.RetryAfter);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.ToString());
        var payload = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal(
            ("a b", url, url),
            ((string?)payload?["Id"], (string?)payload?["StatusQueryGetUri"], (string?)payload?["PurgeHistoryDeleteUri"])
        );
        Assert.Equal(HttpStatusCode.OK, (await http.PostAsync("api/check/one?status=200", null, Cancelled)).StatusCode);
        // As on Azure with ASP.NET Core, a blocking write fails.
        Assert.Equal(HttpStatusCode.InternalServerError, (await http.PostAsync("api/CheckStatusHolding", null, Cancelled)).StatusCode);
    }

    [Theory]
    [InlineData("Forwarded", "for=1.2.3.4;proto=https;host=ports.example", "https://ports.example/")]
    [InlineData("X-Forwarded-Host", "ports.example", "http://ports.example/")]
    public async Task Behind_a_proxy_the_urls_use_the_address_that_the_caller_used(string header, string value, string expected)
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        http.DefaultRequestHeaders.Add(header, value);
        using var answer = await http.PostAsync("api/check/one", null, Cancelled);
        Assert.StartsWith($"{expected}runtime/webhooks/", answer.Headers.Location?.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_waiting_caller_gets_the_result_or_the_status_url()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        var done = await running.RunAsync(nameof(Orchestrators.FanOut));
        var outcome = JsonNode
            .Parse(await (await http.PostAsync($"api/outcome/{done.InstanceId}", null, Cancelled)).Content.ReadAsStringAsync(Cancelled))
            ?.AsObject();
        Assert.Equal(
            [
                "Name",
                "InstanceId",
                "CreatedAt",
                "LastUpdatedAt",
                "RuntimeStatus",
                "SerializedInput",
                "SerializedOutput",
                "SerializedCustomStatus",
            ],
            outcome?.Select(property => property.Key)
        );
        Assert.Equal(("Completed", "380"), ((string?)outcome?["RuntimeStatus"], (string?)outcome?["SerializedOutput"]));

        var failed = await running.RunAsync(nameof(Orchestrators.Failing));
        Assert.Equal(HttpStatusCode.OK, (await http.PostAsync($"api/outcome/{failed.InstanceId}", null, Cancelled)).StatusCode);
        Assert.Equal(
            HttpStatusCode.InternalServerError,
            (await http.PostAsync($"api/outcome/{failed.InstanceId}?strict=true", null, Cancelled)).StatusCode
        );
        using var hurried = await http.PostAsync("api/outcome/nobody?hurry=true", null, Cancelled);
        Assert.Equal(HttpStatusCode.Accepted, hurried.StatusCode);
        Assert.EndsWith("/instances/nobody", hurried.Headers.Location?.OriginalString, StringComparison.Ordinal);
    }

    private static HttpClient Client(RunningHost running) => new(new SocketsHttpHandler()) { BaseAddress = running.Host.Address };
}
