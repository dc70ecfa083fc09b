using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Messages;

namespace MeshPort.EndToEnd.Tests.Contract;

/// <summary>The running API answers as docs/openapi.yaml says: the tests call every operation and cause every type of problem.</summary>
public sealed class ContractTests
{
    // HealthTests, HostFailureTests, Access/ and GatewayApiTests cause these problems, which need a missing storage, other settings or
    // another strategy.
    private static readonly string[] MadeElsewhere =
    [
        "namespace-in-use",
        "not-ready",
        "state-unavailable",
        "unauthenticated",
        "forbidden",
        "too-many-requests",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Cluster => MeshPortHost.Cluster;

    [Fact]
    public async Task The_api_answers_as_it_is_described()
    {
        await using var host = await MeshPortHost.StartAsync(Token, ("MeshPort:PortBudget", "3"));
        var description = ApiDescription.Parse(await host.Client.GetStringAsync("/openapi.yaml", Token));
        var answers = new CheckedAnswers(description);
        using var client = new HttpClient(answers) { BaseAddress = host.Functions.Address };

        await CallAsync(client, host);
        await host.LoseAzureAsync();
        await ExpectAsync(HttpStatusCode.ServiceUnavailable, client.PutAsJsonAsync($"{Cluster}other?dryRun=true", Spec(), Token));

        Assert.Empty(answers.Deviations);
        Assert.Equal(description.Operations.Order(), answers.Operations.Keys.Order());
        Assert.Equal(
            description.ProblemTypes.Where(type => !MadeElsewhere.Contains(type.Split('#')[^1])).Order(),
            answers.Problems.Keys.Order()
        );
    }

    [Fact]
    public async Task Paths_outside_the_description_answer_404_or_405_without_a_body()
    {
        await using var host = await MeshPortHost.StartAsync(Token);

        using var nowhere = await host.Client.GetAsync("/api/nowhere", Token);
        using var patch = await host.Client.PatchAsync(Cluster, null, Token);
        using var head = await host.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/health/live"), Token);

        Assert.Equal(
            (HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed, HttpStatusCode.MethodNotAllowed),
            (nowhere.StatusCode, patch.StatusCode, head.StatusCode)
        );
    }

    [Theory]
    [InlineData("GET", "/health/live", HttpStatusCode.OK, """{"status":"live"}""", null)]
    [InlineData("GET", "/health/live", HttpStatusCode.OK, """{"status":"dead"}""", "status")]
    [InlineData("GET", "/health/live", HttpStatusCode.OK, """{"status":"live","more":1}""", "more")]
    [InlineData("GET", "/health/live", HttpStatusCode.Accepted, """{"status":"live"}""", "202")]
    [InlineData("GET", "/health/dead", HttpStatusCode.OK, "{}", "/health/dead")]
    public async Task An_answer_that_is_not_as_described_is_found(
        string method,
        string path,
        HttpStatusCode status,
        string body,
        string? expected
    )
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "global.json")))
        {
            root = root.Parent ?? throw new DirectoryNotFoundException("No folder above the tests has global.json.");
        }

        var description = ApiDescription.Parse(await File.ReadAllTextAsync(Path.Combine(root.FullName, "docs", "openapi.yaml"), Token));
        using var answer = new HttpResponseMessage(status)
        {
            Content = new StringContent(body, MediaTypeHeaderValue.Parse("application/json")),
            RequestMessage = new HttpRequestMessage(new HttpMethod(method), $"http://localhost{path}"),
        };

        var (_, deviations) = await description.CheckAsync(answer, Token);

        Assert.Equal(expected is null, deviations.Count == 0);
        Assert.All(deviations, deviation => Assert.Contains(expected ?? "", deviation, StringComparison.Ordinal));
    }

    private static async Task CallAsync(HttpClient client, MeshPortHost host)
    {
        await ExpectAsync(HttpStatusCode.OK, client.GetAsync("/health/live", Token));
        await ExpectAsync(HttpStatusCode.OK, client.GetAsync("/health/ready", Token));
        await ExpectAsync(HttpStatusCode.OK, client.GetAsync("/openapi.yaml", Token));
        await ExpectAsync(HttpStatusCode.NotFound, client.GetAsync(Cluster, Token));
        await ExpectAsync(HttpStatusCode.NotFound, client.PutAsJsonAsync($"{Cluster}/exposures/one", Exposure(9001), Token));

        Assert.Equal(
            "create",
            (await PlanAsync(client.PutAsJsonAsync($"{Cluster}?dryRun=true", Spec(), Token)))[^1].GetProperty("action").GetString()
        );
        await ExpectAsync(HttpStatusCode.NotFound, client.GetAsync(Cluster, Token)); // the dry run has stored nothing
        using var created = await ExpectAsync(HttpStatusCode.Created, client.PutAsJsonAsync(Cluster, Spec(), Token));
        Assert.NotNull(created.Headers.ETag);
        await ExpectAsync(HttpStatusCode.OK, client.PutAsJsonAsync(Cluster, Spec(), Token));
        Assert.All(
            await PlanAsync(client.PutAsJsonAsync($"{Cluster}/exposures/one?dryRun=true", Exposure(9001), Token)),
            change => Assert.Equal("create", change.GetProperty("action").GetString())
        );
        Assert.All(
            await PlanAsync(client.PostAsJsonAsync($"{Cluster}/exposures?dryRun=true", Batch(("one", 9001), ("two", 9002)), Token)),
            change => Assert.Equal("create", change.GetProperty("action").GetString())
        );
        using var one = await ExpectAsync(HttpStatusCode.Created, client.PutAsJsonAsync($"{Cluster}/exposures/one", Exposure(9001), Token));
        await ExpectAsync(HttpStatusCode.OK, client.GetAsync(created.Headers.Location, Token));
        await Wait.UntilAsync(
            "it is open",
            Walkthrough.Within,
            async () =>
                (await client.GetFromJsonAsync<JsonElement>(one.Headers.Location, Token)).GetProperty("status").GetString() == "Succeeded",
            Token
        );

        await RefuseAsync(client);
        await ListAsync(client, host);
        await ListAdoptableAsync(client, host);
        await RehearseAsync(client);
        await DiscoverAsync(client, host);
        await ExpectAsync(HttpStatusCode.Accepted, client.PostAsync($"{Cluster}/reconcile", null, Token));
        await ExpectAsync(HttpStatusCode.Accepted, client.DeleteAsync($"{Cluster}/exposures/one", Token));
        await ExpectAsync(HttpStatusCode.Accepted, client.DeleteAsync(Cluster, Token));
        await ExpectAsync(HttpStatusCode.Conflict, client.PutAsJsonAsync(Cluster, Spec(), Token));
        await ExpectAsync(HttpStatusCode.OK, client.DeleteAsync(Cluster, Token));
    }

    private static async Task ListAdoptableAsync(HttpClient client, MeshPortHost host)
    {
        using var cluster = host.Kubernetes();
        await cluster.CreateForeignAsync("gateways", "default", "entry", ForeignObjects.Gateway(9400), Token);
        await cluster.CreateForeignAsync("gateways", "default", "unrouted", ForeignObjects.Gateway(9401), Token);
        await cluster.CreateForeignAsync(
            "virtualservices",
            "default",
            "entry",
            ForeignObjects.VirtualService("entry", 9400, "echo-1", 9000),
            Token
        );

        using var answer = await ExpectAsync(HttpStatusCode.OK, client.GetAsync($"{Cluster}/adoptable", Token));

        Assert.Equal(
            ["echo-1 ", " No VirtualService routes its connections."],
            (await answer.Content.ReadFromJsonAsync<JsonElement>(Token))
                .GetProperty("value")
                .EnumerateArray()
                .Select(listener => $"{TextOf(listener, "name")} {TextOf(listener, "obstacle")}")
        );
    }

    /// <summary>Lets a Service ask for an exposure, which the API may not change.</summary>
    private static async Task DiscoverAsync(HttpClient client, MeshPortHost host)
    {
        using var cluster = host.Kubernetes();
        await cluster.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch("""{"metadata":{"annotations":{"meshport.io/expose":"9004:9000"}}}""", V1Patch.PatchType.MergePatch),
            "echo-1",
            "default",
            cancellationToken: Token
        );
        await ExpectAsync(HttpStatusCode.Accepted, client.DeleteAsync($"{Cluster}/exposures/three", Token)); // the budget is used up
        var spec = MeshPortHost.ClusterSpec();
        spec["discover"] = JsonNode.Parse("""{"namespaces":["default"],"ports":["9004"]}""");
        await ExpectAsync(HttpStatusCode.OK, client.PutAsJsonAsync(Cluster, new { spec }, Token));
        string? owned = null;
        await Wait.UntilAsync(
            "the Service has its exposure",
            Walkthrough.Within,
            async () =>
                (
                    owned = (await ReadAsync(client, $"{Cluster}/exposures"))
                        .Where(exposure => exposure.GetProperty("metadata").TryGetProperty("owner", out _))
                        .Select(exposure => exposure.GetProperty("metadata").GetProperty("name").GetString())
                        .SingleOrDefault()
                )
                    is not null,
            Token
        );
        await ExpectAsync(HttpStatusCode.OK, client.GetAsync($"{Cluster}/exposures/{owned}", Token));
        await ExpectAsync(HttpStatusCode.OK, client.GetAsync(Cluster, Token));
        await ExpectAsync(HttpStatusCode.Conflict, client.DeleteAsync($"{Cluster}/exposures/{owned}", Token));
    }

    private static string? TextOf(JsonElement item, string name) => item.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static async Task RefuseAsync(HttpClient client)
    {
        await ExpectAsync(HttpStatusCode.UnprocessableEntity, client.PutAsJsonAsync($"{Cluster}/exposures/bad", Exposure(443), Token));
        await ExpectAsync(HttpStatusCode.UnprocessableEntity, client.GetAsync($"{Cluster}?nonsense=1", Token));
        await ExpectAsync(HttpStatusCode.BadRequest, client.PutAsync(Cluster, new StringContent("{"), Token));
        await ExpectAsync(
            HttpStatusCode.RequestEntityTooLarge,
            client.PutAsync(Cluster, new ByteArrayContent(new byte[1024 * 1024 + 1]), Token)
        );
        await ExpectAsync(HttpStatusCode.Conflict, client.PutAsJsonAsync($"{Cluster}/exposures/two", Exposure(9001), Token));
        await ExpectAsync(HttpStatusCode.NotFound, client.GetAsync($"{Cluster}/operations/nothing", Token));
        using var stale = new HttpRequestMessage(HttpMethod.Put, $"{Cluster}/exposures/one")
        {
            Content = JsonContent.Create(Exposure(9009)),
            Headers = { IfMatch = { new EntityTagHeaderValue("\"old\"") } },
        };
        await ExpectAsync(HttpStatusCode.PreconditionFailed, client.SendAsync(stale, Token));
        await ExpectAsync(
            HttpStatusCode.Conflict,
            client.PostAsJsonAsync($"{Cluster}/exposures", Batch(("two", 9002), ("three", 9001)), Token)
        );
        await ExpectAsync(
            HttpStatusCode.Conflict,
            client.PostAsJsonAsync($"{Cluster}/exposures?dryRun=true", Batch(("two", 9002), ("three", 9001)), Token)
        );
        await ExpectAsync(
            HttpStatusCode.UnprocessableEntity,
            client.PostAsJsonAsync($"{Cluster}/exposures?dryRun=true&partial=true", Batch(("two", 9002)), Token)
        );
        await ExpectAsync(
            HttpStatusCode.Accepted,
            client.PostAsJsonAsync($"{Cluster}/exposures?partial=true", Batch(("two", 9002), ("three", 9001)), Token)
        );
        await ExpectAsync(HttpStatusCode.OK, client.PostAsJsonAsync($"{Cluster}/exposures", Batch(("two", 9002)), Token));
        await ExpectAsync(HttpStatusCode.OK, client.PostAsJsonAsync($"{Cluster}/exposures", new { delete = new[] { "nobody" } }, Token));
        var listed = ExposureSpec(9003);
        listed.Remove("port");
        listed["ports"] = new JsonArray(9003);
        listed["probe"] = new JsonObject { ["ports"] = new JsonArray(9003) };
        await ExpectAsync(HttpStatusCode.Created, client.PutAsJsonAsync($"{Cluster}/exposures/three", new { spec = listed }, Token));
        // The budget is three.
        await ExpectAsync(HttpStatusCode.Conflict, client.PutAsJsonAsync($"{Cluster}/exposures/four", Exposure(9004), Token));
    }

    private static async Task ListAsync(HttpClient client, MeshPortHost host)
    {
        using var page = await ExpectAsync(HttpStatusCode.OK, client.GetAsync($"{Cluster}/exposures?top=2", Token));
        var next = (await page.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("nextLink").GetString();
        using var rest = await ExpectAsync(HttpStatusCode.OK, client.GetAsync(next, Token));
        Assert.Single((await rest.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("value").EnumerateArray());
        await ExpectAsync(HttpStatusCode.OK, client.GetAsync(Cluster[..Cluster.LastIndexOf('/')], Token));
        await ExpectAsync(HttpStatusCode.OK, client.GetAsync(Cluster, Token));
        await ExpectAsync(HttpStatusCode.OK, client.GetAsync($"{Cluster}/exposures/one", Token));
        await ListAcrossClustersAsync(client);
        await ExpectAsync(HttpStatusCode.OK, client.GetAsync("/api/settings", Token));

        var queue = host.Queue(ExposureQueue.Name);
        await queue.CreateIfNotExistsAsync(cancellationToken: Token);
        await queue.SendMessageAsync("{}", Token);
        await Wait.UntilAsync(
            "the rejection is listed",
            Walkthrough.Within,
            async () => (await client.GetFromJsonAsync<JsonElement>("/api/rejections", Token)).GetProperty("value").GetArrayLength() == 1,
            Token
        );
    }

    private static async Task ListAcrossClustersAsync(HttpClient client)
    {
        var subscription = $"/api/subscriptions/{MeshPortHost.Id.SubscriptionId}";
        foreach (var list in (string[])["/api/clusters", $"{subscription}/clusters"])
        {
            var item = Assert.Single(await ReadAsync(client, list));
            Assert.Equal(
                (MeshPortHost.Id.Name, Cluster),
                (item.GetProperty("cluster").GetProperty("name").GetString(), item.GetProperty("metadata").GetProperty("id").GetString())
            );
        }

        foreach (var list in (string[])["/api/exposures", $"{subscription}/exposures"])
        {
            Assert.Equal(["one", "three", "two"], Names(await ReadAsync(client, $"{list}?top=1")));
            Assert.Equal(
                ["three"],
                Names(await ReadAsync(client, $"{list}?top=1&port=9003&gateway=external&cluster={MeshPortHost.Id.Name.ToUpperInvariant()}"))
            );
            Assert.Empty(await ReadAsync(client, $"{list}?gateway=internal"));
            Assert.Empty(await ReadAsync(client, $"{list}?resourceGroup=other"));
            var ready = Names(await ReadAsync(client, $"{list}?ready=true"));
            Assert.Contains("one", ready);
        }

        var operations = await ReadAsync(client, $"{Cluster}/operations?top=2");
        Assert.Equal(["three", "two", "one", null], operations.Select(FirstExposure));
        Assert.Equal(operations.Count, operations.Select(operation => operation.GetProperty("path").GetString()).Distinct().Count());
        await ExpectAsync(HttpStatusCode.OK, client.GetAsync(operations[0].GetProperty("path").GetString(), Token));
        await ExpectAsync(HttpStatusCode.NotFound, client.GetAsync($"{Cluster}other/operations", Token));
        await ExpectAsync(HttpStatusCode.UnprocessableEntity, client.GetAsync("/api/exposures?ready=perhaps", Token));
        await ExpectAsync(HttpStatusCode.UnprocessableEntity, client.GetAsync("/api/subscriptions/mine/clusters", Token));
    }

    private static IEnumerable<string?> Names(IEnumerable<JsonElement> items) =>
        items.Select(item => item.GetProperty("metadata").GetProperty("name").GetString());

    private static string? FirstExposure(JsonElement operation) =>
        operation.TryGetProperty("exposures", out var names) ? names[0].GetString() : null;

    /// <summary>All items of a list, page by page.</summary>
    private static async Task<IReadOnlyList<JsonElement>> ReadAsync(HttpClient client, string list)
    {
        var items = new List<JsonElement>();
        for (var next = list; next is not null; )
        {
            using var answer = await ExpectAsync(HttpStatusCode.OK, client.GetAsync(next, Token));
            var page = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
            items.AddRange(page.GetProperty("value").EnumerateArray());
            next = page.TryGetProperty("nextLink", out var link) ? link.GetString() : null;
        }

        return items;
    }

    private static async Task RehearseAsync(HttpClient client)
    {
        Assert.All(
            await PlanAsync(client.PutAsJsonAsync($"{Cluster}/exposures/one?dryRun=true", Exposure(9001), Token)),
            change => Assert.Equal("none", change.GetProperty("action").GetString())
        );
        Assert.Contains(
            await PlanAsync(client.PutAsJsonAsync($"{Cluster}/exposures/one?dryRun=true", Exposure(9010), Token)),
            change =>
                change.GetProperty("action").GetString() == "update"
                && change.GetProperty("target").GetString()!.StartsWith("VirtualService", StringComparison.Ordinal)
        ); // a target is required
        var removal = (await PlanAsync(client.DeleteAsync($"{Cluster}/exposures/one?dryRun=true", Token))).Select(change =>
            $"{change.GetProperty("action")} {change.GetProperty("target")}"
        );
        Assert.Equal( // closed first, forgotten last
            [
                "update Service aks-istio-ingress/aks-istio-ingressgateway-external",
                "delete VirtualService default/meshport-one",
                "delete Gateway default/meshport-one",
                "delete Service default/echo-1",
                "delete Deployment default/echo-1",
                $"delete {Cluster}/exposures/one",
            ],
            removal
        );
        Assert.Contains(
            await PlanAsync(client.DeleteAsync($"{Cluster}?dryRun=true", Token)),
            change =>
                change.GetProperty("action").GetString() == "delete"
                && change.GetProperty("target").GetString() == Walkthrough.Environment.ArmId
        );
        Assert.All(
            (await PlanAsync(client.PutAsJsonAsync($"{Cluster}?dryRun=true", Spec(), Token))).Where(change =>
                change.GetProperty("target").GetString()!.StartsWith('/')
            ),
            change => Assert.Equal("none", change.GetProperty("action").GetString())
        ); // MeshPort may still create objects of other exposures
    }

    private static async Task<JsonElement[]> PlanAsync(Task<HttpResponseMessage> asking)
    {
        using var answer = await ExpectAsync(HttpStatusCode.OK, asking);
        return [.. (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("changes").EnumerateArray()];
    }

    private static async Task<HttpResponseMessage> ExpectAsync(HttpStatusCode status, Task<HttpResponseMessage> asking)
    {
        var answer = await asking;
        Assert.True(
            status == answer.StatusCode,
            $"{answer.RequestMessage?.Method} {answer.RequestMessage?.RequestUri}: {answer.StatusCode}, "
                + $"not {status}\n{await answer.Content.ReadAsStringAsync(Token)}"
        );
        return answer;
    }

    private static object Spec() => new { spec = Walkthrough.Environment.ClusterSpec };

    private static object Exposure(int port) => new { spec = ExposureSpec(port) };

    private static JsonObject ExposureSpec(int port) =>
        new()
        {
            ["port"] = port,
            ["backends"] = new JsonArray(new JsonObject { ["service"] = $"echo-{port % 10}", ["port"] = 9000 }),
            ["workload"] = new JsonObject
            {
                ["image"] = "istio/tcp-echo-server:1.1",
                ["args"] = new JsonArray("9000", "hello"),
                ["containerPort"] = 9000,
            },
        };

    private static object Batch(params (string Name, int Port)[] items) =>
        new { put = items.Select(item => new { name = item.Name, spec = ExposureSpec(item.Port) }) };
}
