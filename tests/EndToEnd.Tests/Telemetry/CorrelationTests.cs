using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshPort.EndToEnd.Tests.Telemetry;

/// <summary>A request has a correlation id, from the caller or from MeshPort.</summary>
public sealed class CorrelationTests
{
    private const string Header = "x-ms-correlation-request-id";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_answer_names_its_request_and_the_history_knows_it_with_what_was_changed()
    {
        await using var host = await MeshPortHost.StartAsync(Token);

        Assert.Equal("first", await NameAsync(host, HttpMethod.Put, Walkthrough.Environment.ClusterSpec, "first", HttpStatusCode.Created));
        Assert.Equal("second", await NameAsync(host, HttpMethod.Put, With("nodePool", """{"count":3}"""), "second", HttpStatusCode.OK));
        Assert.Equal(
            "refused",
            await NameAsync(host, HttpMethod.Put, With("nonsense", "1"), "refused", HttpStatusCode.UnprocessableEntity)
        );
        Assert.Equal("read", await NameAsync(host, HttpMethod.Get, null, "read", HttpStatusCode.OK));
        Assert.Matches("^[0-9a-f]{32}$", await NameAsync(host, HttpMethod.Get, null, "no fit name", HttpStatusCode.OK));

        var asked = (await host.Client.GetFromJsonAsync<JsonElement>(MeshPortHost.Cluster, Token))
            .GetProperty("status")
            .GetProperty("history")
            .EnumerateArray()
            .Where(entry => entry.GetProperty("type").GetString() == "Asked")
            .ToList();
        Assert.Equal(["first", "second"], asked.Select(entry => entry.GetProperty("by").GetProperty("correlationId").GetString()));
        Assert.False(asked[0].TryGetProperty("changed", out _));
        Assert.Contains("/nodePool/count", asked[1].GetProperty("changed").EnumerateArray().Select(pointer => pointer.GetString()));
    }

    private static async Task<string> NameAsync(
        MeshPortHost host,
        HttpMethod method,
        JsonElement? spec,
        string name,
        HttpStatusCode expected
    )
    {
        using var request = new HttpRequestMessage(method, MeshPortHost.Cluster)
        {
            Content = spec is null ? null : JsonContent.Create(new { spec }),
            Headers = { { Header, name } },
        };
        using var answer = await host.Client.SendAsync(request, Token);
        Assert.Equal(expected, answer.StatusCode);
        return Assert.Single(answer.Headers.GetValues(Header));
    }

    private static JsonElement With(string field, string value)
    {
        var spec = Assert.IsType<JsonObject>(JsonNode.Parse(Walkthrough.Environment.ClusterSpec.GetRawText()));
        spec[field] = JsonNode.Parse(value);
        return JsonElement.Parse(spec.ToJsonString());
    }
}
