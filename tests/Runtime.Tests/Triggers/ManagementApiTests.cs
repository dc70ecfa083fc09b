using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Runtime.Tests.Functions;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Tests.Triggers;

public sealed class ManagementApiTests
{
    private const string Root = "runtime/webhooks/durabletask";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_start_uses_the_given_id_and_returns_the_instances_urls()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        using var answer = await http.PostAsJsonAsync($"{Root}/orchestrators/collect/one", 1, Cancelled);
        Assert.Equal((HttpStatusCode.Accepted, TimeSpan.FromSeconds(10)), (answer.StatusCode, answer.Headers.RetryAfter?.Delta));
        var url = $"{running.Host.Address}{Root}/instances/one";
        Assert.Equal(url, answer.Headers.Location?.ToString());
        var payload = await answer.Content.ReadFromJsonAsync<Dictionary<string, string>>(Cancelled);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["id"] = "one",
                ["statusQueryGetUri"] = url,
                ["sendEventPostUri"] = $"{url}/raiseEvent/{{eventName}}",
                ["terminatePostUri"] = $"{url}/terminate?reason={{text}}",
                ["rewindPostUri"] = $"{url}/rewind?reason={{text}}",
                ["purgeHistoryDeleteUri"] = url,
                ["restartPostUri"] = $"{url}/restart",
                ["suspendPostUri"] = $"{url}/suspend?reason={{text}}",
                ["resumePostUri"] = $"{url}/resume?reason={{text}}",
            },
            payload
        );
        Assert.Equal(HttpStatusCode.Conflict, (await http.PostAsJsonAsync($"{Root}/orchestrators/Collect/one", 1, Cancelled)).StatusCode);
    }

    [Fact]
    public async Task A_start_that_waits_returns_the_output_or_the_status_url()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        var done = await http.PostAsync($"{Root}/orchestrators/FanOut?timeout=20&pollingInterval=1", null, Cancelled);
        Assert.Equal((HttpStatusCode.OK, "380"), (done.StatusCode, await done.Content.ReadAsStringAsync(Cancelled)));
        Assert.Equal(
            HttpStatusCode.Accepted,
            (await http.PostAsJsonAsync($"{Root}/orchestrators/Collect?timeout=0.1&pollingInterval=0.1", 1, Cancelled)).StatusCode
        );
    }

    [Fact]
    public async Task An_invalid_start_gives_400()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        using var broken = new StringContent("{", Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync($"{Root}/orchestrators/Collect", broken, Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync($"{Root}/orchestrators/Nobody", null, Cancelled)).StatusCode);
        var activity = await http.PostAsync($"{Root}/orchestrators/Hello", null, Cancelled);
        Assert.Equal(HttpStatusCode.BadRequest, activity.StatusCode);
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await http.PostAsync($"{Root}/orchestrators/Collect/@entity@1", null, Cancelled)).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await http.PostAsync($"{Root}/orchestrators/Collect?timeout=1&pollingInterval=2", null, Cancelled)).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await http.PostAsync($"{Root}/orchestrators/Collect?timeout=long", null, Cancelled)).StatusCode
        );
    }

    [Fact]
    public async Task History_uses_the_official_names()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Chain), "jose", Cancelled);
        await running.CompletionWithTimeAsync(id, TimeSpan.FromMinutes(30));

        var status = await http.GetFromJsonAsync<JsonObject>(
            $"{Root}/instances/{id}?showHistory=true&showHistoryOutput=true&showInput=false",
            Cancelled
        );
        var events = status
            ?["historyEvents"]?.AsArray()
            .Select(shown => $"{shown?["EventType"]} {shown?["FunctionName"]} {shown?["Result"]}");
        Assert.Equal(
            [
                "ExecutionStarted Chain ",
                "TaskCompleted hello hello jose",
                "TimerFired  ",
                "TaskCompleted Hello hello again jose",
                "ExecutionCompleted  hello jose, hello again jose",
            ],
            events
        );
        Assert.Null(status?["input"]);

        var brief = await http.GetFromJsonAsync<JsonObject>($"{Root}/instances/{id}?showHistory=true", Cancelled);
        Assert.DoesNotContain(brief?["historyEvents"]?.AsArray() ?? [], shown => shown?["Result"] is not null);
        Assert.False((await http.GetFromJsonAsync<JsonObject>($"{Root}/instances/{id}", Cancelled))?.ContainsKey("historyEvents"));
    }

    [Fact]
    public async Task Lists_are_paged_and_filtered()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        foreach (var id in new[] { "a-1", "a-2", "ä-3", "b-1" })
        {
            await running.Client.ScheduleNewOrchestrationInstanceAsync(
                nameof(Orchestrators.Collect),
                1,
                new StartOrchestrationOptions(id),
                Cancelled
            );
        }

        var (seen, pages, token) = (new List<string?>(), 0, "");
        do
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{Root}/instances?top=1&showInput=false");
            request.Headers.Add("x-ms-continuation-token", token);
            using var answer = await http.SendAsync(request, Cancelled);
            seen.AddRange((await answer.Content.ReadFromJsonAsync<JsonArray>(Cancelled) ?? []).Select(one => (string?)one?["instanceId"]));
            token = answer.Headers.TryGetValues("x-ms-continuation-token", out var next) ? next.Single() : "";
            pages++;
        } while (token.Length > 0);

        Assert.Equal(["a-1", "a-2", "b-1", "ä-3"], seen);
        Assert.Equal(4, pages);
        Assert.Equal(2, (await http.GetFromJsonAsync<JsonArray>($"{Root}/instances?instanceIdPrefix=a-", Cancelled))?.Count);
        Assert.Empty((await http.GetFromJsonAsync<JsonArray>($"{Root}/instances?runtimeStatus=Completed", Cancelled)) ?? [null]);
        Assert.Empty(
            (await http.GetFromJsonAsync<JsonArray>($"{Root}/instances?createdTimeFrom=2031-01-01T00:00:00Z", Cancelled)) ?? [null]
        );
        Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync($"{Root}/instances?runtimeStatus=Asleep", Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync($"{Root}/instances?top=many", Cancelled)).StatusCode);
        http.DefaultRequestHeaders.Add("x-ms-continuation-token", "no base64!");
        Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync($"{Root}/instances", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task Instances_are_purged_by_filter()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        await running.RunAsync(nameof(Orchestrators.FanOut));
        await running.RunAsync(nameof(Orchestrators.Failing));
        await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Collect), 1, Cancelled);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.DeleteAsync($"{Root}/instances", Cancelled)).StatusCode);
        Assert.Equal("""{"instancesDeleted":1}""", await DeleteAsync("?createdTimeFrom=2029-01-01T00:00:00Z&runtimeStatus=Failed"));
        Assert.Equal("""{"instancesDeleted":1}""", await DeleteAsync("?createdTimeFrom=2029-01-01T00:00:00Z"));
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await http.DeleteAsync($"{Root}/instances?createdTimeFrom=2029-01-01T00:00:00Z", Cancelled)).StatusCode
        );
        Assert.Single(await http.GetFromJsonAsync<JsonArray>($"{Root}/instances", Cancelled) ?? []);

        async Task<string> DeleteAsync(string query) =>
            await (await http.DeleteAsync($"{Root}/instances{query}", Cancelled)).Content.ReadAsStringAsync(Cancelled);
    }

    [Fact]
    public async Task A_finished_instance_is_restarted_and_a_running_one_cannot_be_restarted_rewound_or_purged()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        var id = (await running.RunAsync(nameof(Orchestrators.Failing))).InstanceId;
        Assert.Equal(
            HttpStatusCode.InternalServerError,
            (await http.GetAsync($"{Root}/instances/{id}?returnInternalServerErrorOnFailure=true", Cancelled)).StatusCode
        );

        using var again = await http.PostAsync($"{Root}/instances/{id}/restart", null, Cancelled);
        var other = (string?)(await again.Content.ReadFromJsonAsync<JsonObject>(Cancelled))?["id"];
        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        Assert.NotEqual(id, other);
        await running.CompletionAsync(other ?? "");
        Assert.Equal(
            HttpStatusCode.Accepted,
            (await http.PostAsync($"{Root}/instances/{id}/restart?restartWithNewInstanceId=false", null, Cancelled)).StatusCode
        );
        Assert.Equal(HttpStatusCode.NotFound, (await http.PostAsync($"{Root}/instances/nobody/restart", null, Cancelled)).StatusCode);

        var waiting = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Collect), 1, Cancelled);
        Assert.Equal(
            HttpStatusCode.Conflict,
            (await http.PostAsync($"{Root}/instances/{waiting}/restart?restartWithNewInstanceId=false", null, Cancelled)).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.PreconditionFailed,
            (await http.PostAsync($"{Root}/instances/{waiting}/rewind", null, Cancelled)).StatusCode
        );
        Assert.Equal(HttpStatusCode.Conflict, (await http.DeleteAsync($"{Root}/instances/{waiting}", Cancelled)).StatusCode);
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("a%2Fb")]
    [InlineData("100%")]
    [InlineData("why?")]
    [InlineData("one#two")]
    [InlineData("with space+plus")]
    [InlineData("grüße-日本")]
    [InlineData("//x//")]
    public async Task An_instance_is_found_with_any_characters_in_its_id(string id)
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        var escaped = Uri.EscapeDataString(id);
        using var started = await http.PostAsJsonAsync($"{Root}/orchestrators/Collect/{escaped}", 1, Cancelled);
        Assert.Equal(id, (string?)(await started.Content.ReadFromJsonAsync<JsonObject>(Cancelled))?["id"]);
        using var status = await http.GetAsync(started.Headers.Location, Cancelled);
        Assert.Equal(id, (string?)(await status.Content.ReadFromJsonAsync<JsonObject>(Cancelled))?["instanceId"]);
        Assert.Equal(started.Headers.Location, status.Headers.Location);
        Assert.Equal(
            HttpStatusCode.Accepted,
            (await http.PostAsync($"{Root}/instances/{escaped}/suspend?reason=x", null, Cancelled)).StatusCode
        );
        Assert.Equal(HttpStatusCode.Accepted, (await http.PostAsync($"{Root}/instances/{escaped}/resume", null, Cancelled)).StatusCode);
        Assert.Equal(
            HttpStatusCode.Accepted,
            (await http.PostAsJsonAsync($"{Root}/instances/{escaped}/raiseEvent/w%6Frd", "hi", Cancelled)).StatusCode
        );
        Assert.Equal("""["hi"]""", (await running.CompletionAsync(id)).SerializedOutput);
        Assert.Equal(HttpStatusCode.Gone, (await http.PostAsync($"{Root}/instances/{escaped}/terminate", null, Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.DeleteAsync($"{Root}/instances/{escaped}", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task With_a_key_the_urls_contain_it()
    {
        await using var running = await RunningHost.StartAsync(builder =>
            builder.Configuration.AddInMemoryCollection([new("MeshPort:FunctionKey", "k")])
        );
        using var http = Client(running);
        using var answer = await http.PostAsJsonAsync($"{Root}/orchestrators/Collect?code=k", 1, Cancelled);
        Assert.Equal(HttpStatusCode.Accepted, (await http.GetAsync(answer.Headers.Location, Cancelled)).StatusCode);
        Assert.EndsWith(
            "/terminate?reason={text}&code=k",
            (string?)(await answer.Content.ReadFromJsonAsync<JsonObject>(Cancelled))?["terminatePostUri"],
            StringComparison.Ordinal
        );
    }

    private static HttpClient Client(RunningHost running) => new(new SocketsHttpHandler()) { BaseAddress = running.Host.Address };
}
