using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MeshPort.Runtime.Tests.Functions;

namespace MeshPort.Runtime.Tests;

public sealed class HttpTests
{
    private const string Instances = "runtime/webhooks/durabletask/instances";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Route_values_and_services_are_bound()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        var answer = await http.GetFromJsonAsync<JsonObject>("api/greet/jose/3", Cancelled);
        Assert.Equal("""{"greeting":"jose 3 GET","function":"Greet","bound":"jose","same":true}""", answer?.ToJsonString());
    }

    [Fact]
    public async Task An_unknown_route_is_404_and_another_method_405()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("api/greet/jose/three", Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("greet/jose/3", Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await http.DeleteAsync("api/greet/jose/3", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task A_result_is_written_and_any_other_value_gives_an_empty_200()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        var echoed = await http.PutAsJsonAsync("api/Echo", new Pair(1, 2), Cancelled);
        Assert.Equal(HttpStatusCode.Created, echoed.StatusCode);
        Assert.Equal("""{"left":1,"right":2}""", await echoed.Content.ReadAsStringAsync(Cancelled));
        var plain = await http.GetAsync("api/plain", Cancelled);
        Assert.Equal((HttpStatusCode.OK, ""), (plain.StatusCode, await plain.Content.ReadAsStringAsync(Cancelled)));
    }

    [Fact]
    public async Task An_exception_gives_an_empty_500()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        var broken = await http.GetAsync("api/broken", Cancelled);
        Assert.Equal((HttpStatusCode.InternalServerError, ""), (broken.StatusCode, await broken.Content.ReadAsStringAsync(Cancelled)));
    }

    [Fact]
    public async Task A_function_starts_an_orchestration_and_the_management_api_follows_it()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        var id = Guid.NewGuid();
        Assert.Equal(HttpStatusCode.Accepted, (await http.PostAsync($"api/start/{id}", null, Cancelled)).StatusCode);
        await running.UntilAsync($"{id}", instance => instance.RuntimeStatus == OrchestrationRuntimeStatus.Running);

        var status = await http.GetAsync($"{Instances}/{id}", Cancelled);
        Assert.Equal(HttpStatusCode.Accepted, status.StatusCode);
        Assert.Equal($"{running.Host.Address}{Instances}/{id}", status.Headers.Location?.ToString());
        Assert.Equal(TimeSpan.FromSeconds(5), status.Headers.RetryAfter?.Delta);

        using var text = new StringContent("word");
        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync($"{Instances}/{id}/raiseEvent/word", text, Cancelled)).StatusCode);
        Assert.Equal(
            HttpStatusCode.Accepted,
            (await http.PostAsJsonAsync($"{Instances}/{id}/raiseEvent/word", "hi", Cancelled)).StatusCode
        );
        await running.CompletionAsync($"{id}");
        Assert.Equal(
            $$"""{"name":"Collect","instanceId":"{{id}}","runtimeStatus":"Completed","input":1,"customStatus":{"Count":1},"""
                + "\"output\":[\"hi\"],\"createdTime\":\"2030-01-01T00:00:00Z\",\"lastUpdatedTime\":\"2030-01-01T00:00:00Z\"}",
            await http.GetStringAsync($"{Instances}/{id}", Cancelled)
        );
        Assert.Equal(HttpStatusCode.Gone, (await http.PostAsJsonAsync($"{Instances}/{id}/raiseEvent/word", "hi", Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.Gone, (await http.PostAsync($"{Instances}/{id}/terminate?reason=x", null, Cancelled)).StatusCode);
        var list = await http.GetFromJsonAsync<JsonArray>($"{Instances}?runtimeStatus=Completed,Failed", Cancelled);
        Assert.Single(list!); // a list is never null
        Assert.Equal(
            """{"instancesDeleted":1}""",
            await (await http.DeleteAsync($"{Instances}/{id}", Cancelled)).Content.ReadAsStringAsync(Cancelled)
        );
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"{Instances}/{id}", Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.PostAsync($"{Instances}/{id}/suspend", null, Cancelled)).StatusCode);
    }

    [Fact]
    public async Task An_instance_is_suspended_resumed_and_terminated_over_http()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = Client(running);
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Collect), 1, Cancelled);
        Assert.Equal(HttpStatusCode.Accepted, (await http.PostAsync($"{Instances}/{id}/suspend?reason=r", null, Cancelled)).StatusCode);
        await running.UntilAsync(id, instance => instance.RuntimeStatus == OrchestrationRuntimeStatus.Suspended);
        Assert.Equal(HttpStatusCode.Accepted, (await http.PostAsync($"{Instances}/{id}/resume", null, Cancelled)).StatusCode);
        await running.UntilAsync(id, instance => instance.RuntimeStatus == OrchestrationRuntimeStatus.Running);
        Assert.Equal(
            HttpStatusCode.Accepted,
            (await http.PostAsync($"{Instances}/{id}/terminate?reason=enough", null, Cancelled)).StatusCode
        );
        Assert.Equal("\"enough\"", (await running.CompletionAsync(id)).SerializedOutput);
    }

    [Fact]
    public async Task A_port_in_use_names_its_holder()
    {
        await using var running = await RunningHost.StartAsync();
        var directory = Directory.CreateTempSubdirectory("runtime-test-");
        var options = new LocalHostOptions
        {
            Functions = typeof(LocalHost).Assembly, // it has no functions
            DataDirectory = directory.FullName,
            Port = running.Host.Address.Port,
        };
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => LocalHost.StartAsync(options, Cancelled));
        Assert.StartsWith($"port {options.Port} on 127.0.0.1 is in use by another process", refused.Message, StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains($"(pid {Environment.ProcessId}, ", refused.Message, StringComparison.Ordinal);
        }

        directory.Delete(recursive: true);
    }

    private static HttpClient Client(RunningHost running) => new(new SocketsHttpHandler()) { BaseAddress = running.Host.Address };
}
