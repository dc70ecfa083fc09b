using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace MeshPort.Runtime.Tests.Contract;

public sealed class ManagementPayloadTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_addresses_of_an_instance_work_on_the_host_that_gave_them()
    {
        await using var running = await RunningHost.StartAsync();
        using var http = new HttpClient(new SocketsHttpHandler());
        const string Id = "cluster a:b";
        await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Functions.Orchestrators.Collect), 1, new StartOrchestrationOptions(Id), Cancelled);
        var payload = running.Client.CreateHttpManagementPayload(Id);

        Assert.Equal(new Uri(running.Host.Address, "runtime/webhooks/durabletask/instances/cluster%20a%3Ab").AbsoluteUri, payload.StatusQueryGetUri);
        Assert.EndsWith("/terminate?reason={{text}}", payload.TerminatePostUri, StringComparison.Ordinal);
        Assert.EndsWith("/suspend?reason={{text}}", payload.SuspendPostUri, StringComparison.Ordinal);
        Assert.EndsWith("/resume?reason={{text}}", payload.ResumePostUri, StringComparison.Ordinal);
        using var raised = await http.PostAsync(new Uri(payload.SendEventPostUri?.Replace("{eventName}", "word", StringComparison.Ordinal) ?? ""), JsonContent.Create("a"), Cancelled);
        Assert.Equal(HttpStatusCode.Accepted, raised.StatusCode);
        await running.CompletionAsync(Id);
        using var status = await http.GetAsync(new Uri(payload.StatusQueryGetUri ?? ""), Cancelled);
        Assert.Equal(HttpStatusCode.OK, status.StatusCode);
        using var purged = await http.DeleteAsync(new Uri(payload.PurgeHistoryDeleteUri ?? ""), Cancelled);
        Assert.Equal(HttpStatusCode.OK, purged.StatusCode);
    }

    [Fact]
    public async Task The_JSON_of_a_payload_has_the_names_and_the_order_of_the_official_one()
    {
        await using var running = await RunningHost.StartAsync();
        using var json = JsonSerializer.SerializeToDocument(running.Client.CreateHttpManagementPayload("one"));
        string[] names = ["Id", "StatusQueryGetUri", "SendEventPostUri", "TerminatePostUri", "RewindPostUri", "PurgeHistoryDeleteUri", "RestartPostUri", "SuspendPostUri", "ResumePostUri"];
        Assert.Equal(names, json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("RewindPostUri").ValueKind);
    }

    [Fact]
    public async Task An_empty_id_is_an_argument_error_a_slash_is_escaped_and_what_the_engine_cannot_do_is_not_supported()
    {
        await using var running = await RunningHost.StartAsync();
        Assert.Throws<ArgumentException>(() => running.Client.CreateHttpManagementPayload(""));
        Assert.EndsWith("/instances/a%2Fb", running.Client.CreateHttpManagementPayload("a/b").StatusQueryGetUri, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotSupportedException>(() => running.Client.ListInstanceIdsAsync(cancellation: Cancelled));
    }

    [Fact]
    public async Task Instances_are_purged_by_time_and_status()
    {
        await using var running = await RunningHost.StartAsync();
        await running.RunAsync(nameof(Functions.Orchestrators.FanOut));
        var now = running.Clock.GetUtcNow();
        Assert.Equal(0, (await running.Client.PurgeInstancesAsync(now.AddHours(-1), now.AddHours(1), [OrchestrationRuntimeStatus.Failed], Cancelled)).PurgedInstanceCount);
        Assert.Equal(0, (await running.Client.PurgeInstancesAsync(now.AddHours(1), null, Cancelled)).PurgedInstanceCount);
        Assert.Equal(1, (await running.Client.PurgeInstancesAsync(now.AddHours(-1), now.AddHours(1), Cancelled)).PurgedInstanceCount);
    }
}
