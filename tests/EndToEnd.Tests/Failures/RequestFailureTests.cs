using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Messages;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>The answer to a refused request or message names a valid one, which is then accepted.</summary>
public sealed class RequestFailureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Exposures => $"{MeshPortHost.Cluster}/exposures";

    [Fact]
    [
        FailureRow("not-found"),
        FailureRow("invalid-request"),
        FailureRow("malformed-json"),
        FailureRow("body-too-large"),
        FailureRow("precondition-failed")
    ]
    [FailureRow("taken"), FailureRow("batch-refused"), FailureRow("port-budget-exceeded"), FailureRow("being-deleted")]
    public async Task A_request_that_is_refused_says_what_would_be_accepted()
    {
        await using var host = await MeshPortHost.StartAsync(Token, ("MeshPort:PortBudget", "2"));

        await RefusedAsync(
            host.Client.PutAsJsonAsync($"{Exposures}/one", Of(9001), Token),
            HttpStatusCode.NotFound,
            "not-found",
            "PUT it first"
        );
        await host.PutClusterAsync(Token);
        await RefusedAsync(
            host.Client.PutAsJsonAsync($"{Exposures}/one", Of(443), Token),
            HttpStatusCode.UnprocessableEntity,
            "invalid-request",
            "or choose another port"
        );
        await RefusedAsync(
            host.Client.PutAsync($"{Exposures}/one", new StringContent("{"), Token),
            HttpStatusCode.BadRequest,
            "malformed-json",
            "Send {\"spec\": {...}}"
        );
        await RefusedAsync(
            host.Client.PutAsync($"{Exposures}/one", new ByteArrayContent(new byte[1024 * 1024 + 1]), Token),
            HttpStatusCode.RequestEntityTooLarge,
            "body-too-large",
            "at most 1048576 bytes"
        );
        await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9001), Token);
        await RefusedAsync(ConditionalAsync(host, "\"old\""), HttpStatusCode.PreconditionFailed, "precondition-failed", "etag");
        await RefusedAsync(host.Client.PutAsJsonAsync($"{Exposures}/two", Of(9001), Token), HttpStatusCode.Conflict, "taken", "one");
        await RefusedAsync(
            host.Client.PostAsJsonAsync(
                Exposures,
                new { put = new[] { new { name = "two", spec = MeshPortHost.Echo("two", 9001) } } },
                Token
            ),
            HttpStatusCode.Conflict,
            "batch-refused",
            "?partial=true"
        );
        await host.PutExposureAsync("two", MeshPortHost.Echo("two", 9002), Token);
        await RefusedAsync(
            host.Client.PutAsJsonAsync($"{Exposures}/three", Of(9003), Token),
            HttpStatusCode.Conflict,
            "port-budget-exceeded",
            "MeshPort:PortBudget"
        );
        await host.DeleteAsync(MeshPortHost.Cluster, Token);
        await RefusedAsync(
            host.Client.PutAsJsonAsync($"{Exposures}/three", Of(9001), Token),
            HttpStatusCode.Conflict,
            "being-deleted",
            "again"
        );

        await Wait.UntilAsync(
            "the cluster is gone",
            Walkthrough.Within,
            async () => (await host.Client.GetAsync(MeshPortHost.Cluster, Token)).StatusCode == HttpStatusCode.NotFound,
            Token
        );
        await host.PutClusterAsync(Token);
    }

    [Fact, FailureRow("not-observable")]
    public async Task A_failed_dry_run_gives_the_reason_and_changes_nothing()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        await host.LoseAzureAsync();

        await RefusedAsync(
            host.Client.PutAsJsonAsync($"{MeshPortHost.Cluster}?dryRun=true", new { spec = MeshPortHost.ClusterSpec() }, Token),
            HttpStatusCode.ServiceUnavailable,
            "not-observable",
            ""
        );
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync(MeshPortHost.Cluster, Token)).StatusCode);
    }

    [Theory, FailureRow("MalformedJson"), FailureRow("ClusterNotFound")]
    [InlineData("{", "MalformedJson", "")]
    [InlineData(
        """{"cluster":{"subscriptionId":"00000000-0000-0000-0000-000000000000","resourceGroup":"g","name":"unknown"},"delete":["one"]}""",
        "ClusterNotFound",
        "PUT it first"
    )]
    public async Task A_message_that_is_refused_is_in_the_poison_queue_and_among_the_rejections(string message, string code, string advice)
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        await host.Queue(ExposureQueue.Name).CreateIfNotExistsAsync(cancellationToken: Token);

        await host.Queue(ExposureQueue.Name).SendMessageAsync(message, Token);

        JsonElement rejections = default;
        await Wait.UntilAsync(
            "the rejection is listed",
            Walkthrough.Within,
            async () =>
                (
                    rejections = (await host.Client.GetFromJsonAsync<JsonElement>("/api/rejections", Token)).GetProperty("value")
                ).GetArrayLength() == 1,
            Token
        );
        var error = Assert.Single(rejections[0].GetProperty("errors").EnumerateArray());
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.NotEqual("", error.GetProperty("detail").GetString());
        Assert.Contains(advice, error.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await Wait.UntilAsync(
            "the poison queue has it",
            Walkthrough.Within,
            async () =>
                await host.Queue(ExposureQueue.Poison).ExistsAsync(Token)
                && (await host.Queue(ExposureQueue.Poison).PeekMessageAsync(Token)).Value is not null,
            Token
        );
    }

    private static JsonObject Of(int port) => new() { ["spec"] = MeshPortHost.Echo("other", port) };

    private static async Task<HttpResponseMessage> ConditionalAsync(MeshPortHost host, string etag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{Exposures}/one")
        {
            Content = JsonContent.Create(Of(9009)),
            Headers = { IfMatch = { new EntityTagHeaderValue(etag) } },
        };
        return await host.Client.SendAsync(request, Token);
    }

    private static async Task RefusedAsync(Task<HttpResponseMessage> asking, HttpStatusCode status, string type, string advice)
    {
        using var answer = await asking;
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.StatusCode == status, $"{answer.StatusCode}: {text}");
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.EndsWith($"#{type}", problem.GetProperty("type").GetString(), StringComparison.Ordinal);
        Assert.NotEqual("", problem.GetProperty("detail").GetString());
        Assert.Contains(
            advice,
            JsonNode
                .Parse(text)
                ?.ToJsonString(
                    new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
                )
                ?.Replace("\\\"", "\"", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
    }
}
