using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using MeshPort.Events;
using MeshPort.State;
using MeshPort.TestKit.Fuzz;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests.Fuzz;

/// <summary>Invalid requests never cause a 5xx answer or a change, and every error has its place.</summary>
public sealed class FuzzTests
{
    private const int Bodies = 150;
    private const int Paths = 150;

    private static readonly Gen<string> Segment = Gen.OneOf(
        Damage.AnyOf(
            "",
            ".",
            "..",
            "%2e%2e",
            "a b",
            "a/b",
            "\0",
            "é",
            "𝒳",
            "a;b",
            "a?b",
            "a#b",
            "%",
            "00000000-0000-0000-0000-000000000000",
            "istiotest",
            "any|thing",
            "~"
        ),
        Gen.String[0, 100].Select(text => new string([.. text.Where(character => !char.IsSurrogate(character))]))
    );

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_damaged_spec_changes_nothing_and_every_error_has_its_place()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        await host.Client.PutAsJsonAsync(MeshPortHost.Cluster, new { spec = new { location = "eastus2" } }, Token);
        await Damage.Of(Cluster()).SampleAsync(body => PutAsync(host, MeshPortHost.Cluster, body), iter: Bodies, threads: 1);
        await Damage
            .Of(new JsonObject { ["spec"] = Exposure(9000) })
            .SampleAsync(body => PutAsync(host, $"{MeshPortHost.Cluster}/exposures/one", body), iter: Bodies, threads: 1);
        await Damage
            .Of(Batch(2))
            .SampleAsync(body => SendAsync(host, HttpMethod.Post, $"{MeshPortHost.Cluster}/exposures", body), iter: Bodies, threads: 1);
    }

    [Fact]
    public async Task Excess_and_duplicate_entries_refuse_the_whole_request()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        await host.Client.PutAsJsonAsync(MeshPortHost.Cluster, new { spec = new { location = "eastus2" } }, Token);
        var (names, ports) = (Batch(2), Batch(2));
        names["put"]![1]!["name"] = "e0"; // the test made both
        ports["put"]![1]!["spec"]!["port"] = 10_000;

        Assert.Equal(
            HttpStatusCode.UnprocessableEntity,
            await SendAsync(host, HttpMethod.Post, $"{MeshPortHost.Cluster}/exposures", Batch(1001).ToJsonString())
        );
        Assert.Equal(
            HttpStatusCode.UnprocessableEntity,
            await SendAsync(host, HttpMethod.Post, $"{MeshPortHost.Cluster}/exposures", names.ToJsonString())
        );
        Assert.Equal(
            HttpStatusCode.Conflict,
            await SendAsync(host, HttpMethod.Post, $"{MeshPortHost.Cluster}/exposures", ports.ToJsonString())
        );
        Assert.Equal(
            HttpStatusCode.RequestEntityTooLarge,
            await SendAsync(host, HttpMethod.Put, MeshPortHost.Cluster, $"\"{new string('x', 1024 * 1024)}\"")
        );
        Assert.Equal(
            HttpStatusCode.BadRequest,
            await SendAsync(host, HttpMethod.Put, MeshPortHost.Cluster, $"{new string('[', 10_000)}{new string(']', 10_000)}")
        );
    }

    [Fact]
    public async Task No_path_and_no_query_parameter_makes_a_5xx()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        await host.Client.PutAsJsonAsync(MeshPortHost.Cluster, new { spec = new { location = "eastus2" } }, Token);
        var parameter = Damage.AnyOf("top", "after", "dryRun", "partial", "keepAzure", "code", "x", "");
        var method = Damage.AnyOf("GET", "DELETE", "PUT", "POST");
        var place = Damage.AnyOf(
            "/api/subscriptions/{0}/resourceGroups/{1}/clusters",
            "/api/subscriptions/{0}/resourceGroups/{1}/clusters/{2}",
            "/api/subscriptions/{0}/resourceGroups/{1}/clusters/{2}/exposures/{3}",
            "/api/subscriptions/{0}/resourceGroups/{1}/clusters/{2}/operations/{3}",
            "/api/rejections",
            MeshPortHost.Cluster,
            $"{MeshPortHost.Cluster}/exposures",
            $"{MeshPortHost.Cluster}/exposures/{{3}}"
        );
        await Gen.Select(method, place, Segment.Array[4], parameter, Segment)
            .SampleAsync(
                async asked =>
                {
                    var (verb, template, segments, name, value) = asked;
                    var path = string.Format(
                        System.Globalization.CultureInfo.InvariantCulture,
                        template,
                        [.. segments.Select(Uri.EscapeDataString)]
                    );
                    // A DELETE is always a dry run here.
                    var query = verb == "DELETE" && name != "dryRun" ? "?dryRun=true" : $"?{name}={Uri.EscapeDataString(value)}";
                    if (verb == "DELETE" && template == MeshPortHost.Cluster)
                    {
                        query = "?dryRun=nonsense";
                    }

                    await SendAsync(host, new HttpMethod(verb), path + query, verb is "PUT" or "POST" ? "{}" : null);
                },
                iter: Paths,
                threads: 1
            );
    }

    [Fact]
    public async Task No_event_fails_its_delivery()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        await host.Client.PutAsJsonAsync(MeshPortHost.Cluster, new { spec = new { location = "eastus2" } }, Token);
        await Gen.OneOf(Damage.Of(Event("eventType", "eventTime", "topic")), Damage.Of(Event("type", "time", "source")))
            .SampleAsync(
                async body =>
                {
                    using var request = new HttpRequestMessage(
                        HttpMethod.Post,
                        $"/runtime/webhooks/EventGrid?functionName={nameof(ClusterEvents)}"
                    )
                    {
                        Content = new StringContent(body, Encoding.UTF8, "application/json"),
                    };
                    request.Headers.Add("aeg-event-type", "Notification");
                    using var answer = await host.Client.SendAsync(request, Token);
                    Assert.True((int)answer.StatusCode < 500, $"{answer.StatusCode} to {body}");
                },
                iter: Bodies,
                threads: 1
            );
    }

    private static Task PutAsync(MeshPortHost host, string path, string body) => SendAsync(host, HttpMethod.Put, path, body);

    private static async Task<HttpStatusCode> SendAsync(MeshPortHost host, HttpMethod method, string path, string? body)
    {
        var before = await SnapshotAsync(host);
        using var request = new HttpRequestMessage(method, path)
        {
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
        };
        using var answer = await host.Client.SendAsync(request, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True((int)answer.StatusCode < 500, $"{method} {path}: {answer.StatusCode}\n{body}\n{text}");
        if (!answer.IsSuccessStatusCode)
        {
            Assert.Equal(before, await SnapshotAsync(host));
        }

        if (body is not null && answer.StatusCode is HttpStatusCode.UnprocessableEntity)
        {
            using var problem = JsonDocument.Parse(text);
            var errors = problem
                .RootElement.GetProperty("errors")
                .EnumerateArray()
                .Select(error => error.GetProperty("pointer").GetString() ?? "")
                .ToList();
            Assert.NotEmpty(errors);
            Assert.All(errors, pointer => Assert.True(Pointer.LeadsInto(pointer, body), $"{pointer} in {body}"));
        }

        return answer.StatusCode;
    }

    /// <summary>The documents that requests write, without those of convergences.</summary>
    private static async Task<string> SnapshotAsync(MeshPortHost host)
    {
        var store = host.Functions.Services.GetRequiredService<IStateStore>();
        var partition = Documents.Partition(MeshPortHost.Id);
        var cluster = await store.FindAsync(partition, Documents.Cluster, Token);
        var exposures = await store.ListAsync(partition, Documents.Exposures, null, 2_000, Token);
        var claims = await store.ListAsync(partition, Documents.Claims, null, 2_000, Token);
        var specs = exposures.Where(row => !Documents.IsExposureStatus(row.Key));
        return string.Join('\n', specs.Concat(claims).Select(row => $"{row.Key} {row.Version}").Prepend(cluster?.Version));
    }

    private static JsonObject Cluster() =>
        new() { ["spec"] = JsonNode.Parse(Walkthrough.Environment.ClusterSpec.GetRawText()), ["metadata"] = new JsonObject() };

    private static JsonObject Exposure(int port) =>
        new()
        {
            ["gateway"] = "external",
            ["port"] = port,
            ["backends"] = new JsonArray(
                new JsonObject
                {
                    ["service"] = $"s{port}",
                    ["namespace"] = "default",
                    ["port"] = 9000,
                    ["weight"] = 100,
                }
            ),
            ["workload"] = new JsonObject
            {
                ["image"] = "istio/tcp-echo-server:1.1",
                ["args"] = new JsonArray("9000", "hello"),
                ["containerPort"] = 9000,
                ["replicas"] = 1,
            },
            ["probe"] = new JsonObject
            {
                ["send"] = "a",
                ["expect"] = "b",
                ["timeout"] = "PT5S",
            },
        };

    private static JsonObject Batch(int count) => new() { ["put"] = Items(count) };

    private static JsonArray Items(int count) =>
        new([
            .. Enumerable.Range(0, count).Select(index => new JsonObject { ["name"] = $"e{index}", ["spec"] = Exposure(10_000 + index) }),
        ]);

    private static JsonObject Event(string type, string time, string source) =>
        new()
        {
            ["id"] = "1",
            [type] = "Microsoft.Resources.ResourceWriteSuccess",
            [time] = "2026-01-01T00:00:00Z",
            [source] = "/subscriptions/00000000-0000-0000-0000-000000000000",
            ["subject"] = Walkthrough.Environment.ArmId,
            ["data"] = new JsonObject
            {
                ["resourceUri"] = Walkthrough.Environment.ArmId,
                ["operationName"] = "Microsoft.ContainerService/managedClusters/write",
                ["claims"] = new JsonObject { ["appid"] = "a", ["http://schemas.microsoft.com/identity/claims/objectidentifier"] = "b" },
            },
        };
}
