using System.Text.Json;
using MeshPort.Runtime.Contract.DurableTask.Converters;

namespace MeshPort.Runtime.Tests.Contract;

public sealed class InstanceRecordsTests
{
    private static readonly OrchestrationRuntimeStatus[] Finished = [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated];

    [Fact]
    public void Data_that_was_not_asked_for_cannot_be_read()
    {
        var instance = new OrchestrationMetadata("Chain", "one") { SerializedInput = "1", SerializedOutput = "1", SerializedCustomStatus = "1" };
        Assert.Throws<InvalidOperationException>(() => instance.ReadInputAs<int>());
        Assert.Throws<InvalidOperationException>(() => instance.ReadOutputAs<int>());
        Assert.Throws<InvalidOperationException>(() => instance.ReadCustomStatusAs<int>());
    }

    [Fact]
    public void Data_that_was_asked_for_is_read_and_text_of_a_failure_is_not_JSON()
    {
        var instance = new OrchestrationMetadata("Chain", "one")
        {
            DataConverter = JsonDataConverter.Default,
            SerializedInput = "\"jose\"",
            SerializedOutput = "System.ArgumentException: arg",
            SerializedCustomStatus = "null",
            RuntimeStatus = OrchestrationRuntimeStatus.Failed,
        };
        Assert.Equal("jose", instance.ReadInputAs<string>());
        Assert.Null(instance.ReadCustomStatusAs<string>());
        Assert.ThrowsAny<JsonException>(() => instance.ReadOutputAs<string>());
        Assert.Null(new OrchestrationMetadata("Chain", "two") { DataConverter = JsonDataConverter.Default }.ReadOutputAs<string>());
        Assert.Empty(instance.Tags);
    }

    [Fact]
    public void An_instance_is_finished_in_three_statuses_and_running_in_one()
    {
        foreach (var status in Enum.GetValues<OrchestrationRuntimeStatus>())
        {
            var instance = new OrchestrationMetadata("Chain", "one") { RuntimeStatus = status };
            Assert.Equal(Finished.Contains(status), instance.IsCompleted);
            Assert.Equal(status == OrchestrationRuntimeStatus.Running, instance.IsRunning);
        }
    }

    [Fact]
    public void The_text_of_an_instance_cuts_long_data()
    {
        var text = new OrchestrationMetadata("Chain", "one")
        {
            CreatedAt = DateTimeOffset.UnixEpoch,
            LastUpdatedAt = DateTimeOffset.UnixEpoch,
            SerializedInput = new string('x', 60),
            SerializedOutput = "1",
        }.ToString();
        Assert.Equal($"[Name: 'Chain', ID: 'one', RuntimeStatus: Running, CreatedAt: 1970-01-01T00:00:00, LastUpdatedAt: 1970-01-01T00:00:00, Input: '{new string('x', 50)}...', Output: '1']", text);
    }

    [Fact]
    public void Dedupe_statuses_are_the_names_of_the_statuses()
    {
        var options = new StartOrchestrationOptions("one", DateTimeOffset.UnixEpoch) { Tags = new Dictionary<string, string> { ["a"] = "b" }, Version = "2" };
        var deduped = options.WithDedupeStatuses(OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed);
        Assert.Null(options.DedupeStatuses);
        Assert.Equal(["Completed", "Failed"], deduped.DedupeStatuses ?? []);
        Assert.Equal(options, deduped with { DedupeStatuses = null });
        Assert.Empty(options.WithDedupeStatuses().DedupeStatuses ?? ["not set"]);
        Assert.Equal(7, StartOrchestrationOptionsExtensions.ValidDedupeStatuses.Count);
    }

    [Fact]
    public void A_purge_tells_how_many_and_perhaps_whether_it_is_done()
    {
        Assert.Equal((3, null), (new PurgeResult(3).PurgedInstanceCount, new PurgeResult(3).IsComplete));
        Assert.Equal((0, false), (new PurgeResult(0, false).PurgedInstanceCount, new PurgeResult(0, false).IsComplete));
    }

    [Fact]
    public void A_query_without_arguments_asks_for_pages_of_a_hundred_without_data()
    {
        var query = new OrchestrationQuery();
        Assert.Equal((100, false, null), (query.PageSize, query.FetchInputsAndOutputs, query.Statuses));
        Assert.Null(new PurgeInstancesFilter().Timeout);
        Assert.False(new TerminateInstanceOptions().Recursive || new PurgeInstanceOptions().Recursive);
    }

    [Fact]
    public void The_default_converter_takes_fields_and_keeps_null()
    {
        var converter = JsonDataConverter.Default;
        Assert.Equal("""{"Item1":1,"Item2":"a"}""", converter.Serialize((1, "a")));
        Assert.Equal((1, "a"), converter.Deserialize<(int, string)>("""{"Item1":1,"Item2":"a"}"""));
        Assert.Null(converter.Serialize(null));
        Assert.Null(converter.Deserialize(null, typeof(string)));
        Assert.Equal(0, converter.Deserialize<int>(null));
        Assert.ThrowsAny<JsonException>(() => converter.Deserialize<int>("{"));
        Assert.Equal("\"a b\"", new JsonDataConverter(new JsonSerializerOptions(JsonSerializerDefaults.Web)).Serialize("a b"));
    }
}
