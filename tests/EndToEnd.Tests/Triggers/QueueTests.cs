using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Messages;

namespace MeshPort.EndToEnd.Tests.Triggers;

/// <summary>Exposures by queue, sent with Azure's client library.</summary>
public sealed class QueueTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_queue_message_opens_and_closes_ports_and_a_repeated_one_changes_nothing()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        await PutClusterAsync(host);
        var queue = host.Queue(ExposureQueue.Name);

        await queue.SendMessageAsync(Message(put: [Echo("one", 9001), Echo("two", 9002)]), Token);
        await Wait.UntilAsync(
            "both are ready",
            Walkthrough.Within,
            async () => await IsReadyAsync(host, "one") && await IsReadyAsync(host, "two"),
            Token
        );
        var before = await host.Client.GetFromJsonAsync<JsonElement>($"{MeshPortHost.Cluster}/exposures/one", Token);
        var asked = Assert.Single(
            before.GetProperty("status").GetProperty("history").EnumerateArray(),
            entry => entry.GetProperty("type").GetString() == "Asked"
        );
        Assert.Equal("Queue", asked.GetProperty("by").GetProperty("trigger").GetString());

        var again = (await queue.SendMessageAsync(Message(put: [Echo("one", 9001)], delete: ["two", "never"]), Token)).Value.MessageId;
        await Wait.UntilAsync(
            "two is gone",
            Walkthrough.Within,
            async () => (await host.Client.GetAsync($"{MeshPortHost.Cluster}/exposures/two", Token)).StatusCode == HttpStatusCode.NotFound,
            Token
        );
        var after = await host.Client.GetFromJsonAsync<JsonElement>($"{MeshPortHost.Cluster}/exposures/one", Token);
        Assert.Equal(before.GetProperty("metadata").GetRawText(), after.GetProperty("metadata").GetRawText());
        Assert.Empty((await RejectionsAsync(host)).EnumerateArray());
        Assert.NotEqual("", again);
    }

    [Fact]
    public async Task A_bad_message_goes_to_the_poison_queue_at_once_with_its_reasons_and_nothing_of_it_counts()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        await PutClusterAsync(host);
        var text = Message(put: [Echo("good", 9001), Echo("bad", 443)], delete: ["Not_A_Name"]);

        var sent = (await host.Queue(ExposureQueue.Name).SendMessageAsync(text, Token)).Value;

        var poison = await ReceiveAsync(host);
        Assert.Equal(text, poison.GetProperty("message").GetString());
        string[] expected = ["/put/1/spec/port", "/delete/0"];
        Assert.Equal(
            expected,
            poison.GetProperty("rejection").GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("pointer").GetString())
        );
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync($"{MeshPortHost.Cluster}/exposures/good", Token)).StatusCode);
        var record = Assert.Single((await RejectionsAsync(host)).EnumerateArray());
        Assert.Equal(sent.MessageId, record.GetProperty("id").GetString());
        Assert.Equal(MeshPortHost.Cluster, record.GetProperty("cluster").GetString());
        await Wait.UntilAsync(
            "the message is gone",
            Walkthrough.Within,
            async () => (await host.Queue(ExposureQueue.Name).GetPropertiesAsync(Token)).Value.ApproximateMessagesCount == 0,
            Token
        ); // the message is deleted after its answer is stored
    }

    [Theory]
    [InlineData("not json", "MalformedJson")]
    [InlineData("[]", "WrongType")]
    [InlineData("{}", "Required")]
    [InlineData(
        """{"cluster":{"subscriptionId":"00000000-0000-0000-0000-000000000000","resourceGroup":"g","name":"unknown"},"delete":["one"]}""",
        "ClusterNotFound"
    )]
    public async Task An_impossible_message_is_refused_with_a_code(string text, string code)
    {
        await using var host = await MeshPortHost.StartAsync(Token);

        await host.Queue(ExposureQueue.Name).CreateIfNotExistsAsync(cancellationToken: Token);
        await host.Queue(ExposureQueue.Name).SendMessageAsync(text, Token);

        Assert.Contains(
            (await ReceiveAsync(host)).GetProperty("rejection").GetProperty("errors").EnumerateArray(),
            error => error.GetProperty("code").GetString() == code
        );
    }

    [Theory]
    [InlineData("%%% no base64, no JSON", "MalformedJson")]
    [InlineData("AAAA", "MalformedJson")]
    [InlineData("{}", "Required")]
    public async Task A_message_that_is_not_base64_is_refused_with_a_record(string text, string code)
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        var raw = new Azure.Storage.Queues.QueueClient(
            host.Functions.QueueConnectionString,
            ExposureQueue.Name,
            new Azure.Storage.Queues.QueueClientOptions { MessageEncoding = Azure.Storage.Queues.QueueMessageEncoding.None }
        );
        await raw.CreateIfNotExistsAsync(cancellationToken: Token);

        var sent = (await raw.SendMessageAsync(text, Token)).Value;

        Assert.Contains(
            (await ReceiveAsync(host)).GetProperty("rejection").GetProperty("errors").EnumerateArray(),
            error => error.GetProperty("code").GetString() == code
        );
        Assert.Equal(sent.MessageId, Assert.Single((await RejectionsAsync(host)).EnumerateArray()).GetProperty("id").GetString());
    }

    private static async Task PutClusterAsync(MeshPortHost host)
    {
        using var put = await host.Client.PutAsJsonAsync(MeshPortHost.Cluster, new { spec = Walkthrough.Environment.ClusterSpec }, Token);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        await host.Queue(ExposureQueue.Name).CreateIfNotExistsAsync(cancellationToken: Token);
    }

    private static async Task<JsonElement> ReceiveAsync(MeshPortHost host)
    {
        var queue = host.Queue(ExposureQueue.Poison);
        string? text = null;
        await Wait.UntilAsync(
            "a message is in the poison queue",
            Walkthrough.Within,
            async () =>
                await queue.ExistsAsync(Token)
                && (text = (await queue.ReceiveMessageAsync(cancellationToken: Token)).Value?.MessageText) is not null,
            Token
        );
        return JsonDocument.Parse(text ?? "").RootElement;
    }

    private static async Task<JsonElement> RejectionsAsync(MeshPortHost host) =>
        (await host.Client.GetFromJsonAsync<JsonElement>("/api/rejections", Token)).GetProperty("value");

    private static async Task<bool> IsReadyAsync(MeshPortHost host, string exposure)
    {
        using var answer = await host.Client.GetAsync($"{MeshPortHost.Cluster}/exposures/{exposure}", Token);
        return answer.IsSuccessStatusCode
            && (await answer.Content.ReadFromJsonAsync<JsonElement>(Token))
                .GetProperty("status")
                .GetProperty("conditions")
                .EnumerateArray()
                .Any(condition =>
                    condition.GetProperty("type").GetString() == "Ready" && condition.GetProperty("status").GetString() == "True"
                );
    }

    private static string Message(JsonObject[] put, string[]? delete = null) =>
        new JsonObject
        {
            ["cluster"] = new JsonObject
            {
                ["subscriptionId"] = MeshPortHost.Id.SubscriptionId,
                ["resourceGroup"] = MeshPortHost.Id.ResourceGroup,
                ["name"] = MeshPortHost.Id.Name,
            },
            ["put"] = new JsonArray([.. put]),
            ["delete"] = new JsonArray([.. (delete ?? []).Select(name => JsonValue.Create(name))]),
        }.ToJsonString();

    private static JsonObject Echo(string name, int port) =>
        new()
        {
            ["name"] = name,
            ["spec"] = new JsonObject
            {
                ["port"] = port,
                ["backends"] = new JsonArray(new JsonObject { ["service"] = name, ["port"] = port }),
                ["workload"] = new JsonObject
                {
                    ["image"] = "istio/tcp-echo-server:1.1",
                    ["args"] = new JsonArray($"{port}", "hello"),
                    ["containerPort"] = port,
                },
                ["probe"] = new JsonObject { ["send"] = "jose\n", ["expect"] = "hello jose" },
            },
        };
}
