using MeshPort.Runtime.Durable;
using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Replay;
using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Tests.Functions;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.Runtime.Tests;

public sealed class PendingResultTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;
    private static readonly ActivityRow Call = new("id", "1", 0, "Work", null);

    [Fact]
    public async Task A_result_belongs_to_one_step_which_records_it_or_gives_it_back()
    {
        var results = new PendingResults();
        var first = Add(results, Call);
        var second = Add(results, Call with { Task = 1 });
        Add(results, Call with { InstanceId = "other" });

        Assert.Equal([first, second], results.Take("id"));
        Assert.Empty(results.Take("id"));
        Assert.True(results.Has("other"));
        first.Recorded();
        first.GiveBack(); // without effect
        second.GiveBack();
        Assert.True(await first.WasRecorded);
        Assert.False(await second.WasRecorded);
    }

    [Fact]
    public async Task When_the_engine_stops_all_results_are_given_back()
    {
        var results = new PendingResults();
        var waiting = Add(results, Call);
        results.Close();
        Assert.False(await waiting.WasRecorded);
        Assert.Null(results.Add(Call, new TaskCompleted(0, "1")));
    }

    [Fact]
    public async Task A_step_with_the_result_of_a_call_that_is_no_longer_open_writes_nothing()
    {
        var directory = Directory.CreateTempSubdirectory("results-test-");
        await using (var store = DurableStore.Open(directory.FullName))
        {
            var row = new InstanceRow("id", "1", "Test", OrchestrationRuntimeStatus.Running, Now, Now, null, null, null, null, null);
            await store.WriteAsync(database =>
            {
                InstanceWrites.Create(database, row, Now);
                return true;
            });
            var result = new PendingResult(Call, new TaskCompleted(0, "1"));
            var outcome = new StepOutcome { CustomStatus = "1" };
            outcome.History.Add(result.Answer);
            var step = new StepInput(row, null, [], [], [result]);

            await Assert.ThrowsAsync<StaleResultException>(() =>
                store.WriteAsync(database => new StepWriter(database, step, Now).Write(outcome))
            );

            Assert.Empty(store.Read(database => HistoryRows.Read(database, "id")));
            Assert.Null(store.Read(database => InstanceRow.Find(database, "id"))?.CustomStatus);
        }

        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_late_activity_result_of_a_finished_orchestration_leaves_nothing_behind()
    {
        await using var running = await RunningHost.StartAsync();
        Assert.Equal("left", (await running.RunAsync(nameof(Orchestrators.Leaving))).ReadOutputAs<string>());
        var store = running.Host.Services.GetRequiredService<DurableEngine>().Store;
        Assert.Single(store.Read(ActivityRow.ReadAll));

        running.Effects.Gate.SetResult();

        await Wait.UntilAsync(() => store.Read(ActivityRow.ReadAll).Count == 0, TestContext.Current.CancellationToken);
    }

    private static PendingResult Add(PendingResults results, ActivityRow call)
    {
        var added = results.Add(call, new TaskCompleted(call.Task, "1"));
        Assert.NotNull(added);
        return added;
    }
}
