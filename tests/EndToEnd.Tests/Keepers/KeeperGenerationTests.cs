using System.Globalization;
using System.Text.Json;
using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Replay;
using MeshPort.Runtime.Durable.Store;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshPort.EndToEnd.Tests.Keepers;

/// <summary>One generation of the keeper, step by step.</summary>
public sealed class KeeperGenerationTests
{
    private const string Keeper = nameof(KeepClusterOrchestrator);
    private static readonly ClusterId Cluster = new("00000000-0000-0000-0000-000000000000", "rg", "c1");

    [Fact]
    public void A_wake_up_does_not_cancel_the_resync_timer()
    {
        var keeper = Start();
        var waiting = keeper.Continue([Step(), Order(0, KeeperWork.Wait, "00:01:00")]);
        Assert.Equal(1, Assert.Single(waiting.Timers).Id);

        var woken = keeper.Continue([Step(), new EventRaised(KeepClusterOrchestrator.Changed, null)]);
        Assert.Equal((2, nameof(FindWork)), (Assert.Single(woken.Activities).Id, woken.Activities[0].Name));
        var again = keeper.Continue([Step(), Order(2, KeeperWork.Wait, "00:01:00")]);

        Assert.Empty(again.Timers);
        var end = keeper.Continue([Step(), new TimerFired(1)]);
        Assert.True(Next(end).IsDue);
        Assert.Empty(end.Children);
        Assert.Empty(woken.CancelledTimers.Concat(again.CancelledTimers).Concat(end.CancelledTimers));
    }

    [Theory]
    [InlineData(true, 0, "00:15:00")]
    [InlineData(false, 4, "00:04:00")]
    public void A_resync_that_finds_no_work_needs_no_convergence(bool isReady, int misses, string pause)
    {
        var keeper = Start(isDue: true, misses: 3);

        var waiting = keeper.Continue([Step(), Resynced(KeeperWork.Wait, $"\"IsReady\":{(isReady ? "true" : "false")}")]);

        Assert.Empty(waiting.Children);
        Assert.Equal(TimeSpan.Parse(pause, CultureInfo.InvariantCulture), Assert.Single(waiting.Timers).FireAt - DateTimeOffset.UnixEpoch);
        var next = Next(keeper.Continue([Step(), new TimerFired(1)]));
        Assert.Equal(new KeepRequest(Cluster, misses, IsDue: true), next);
    }

    [Fact]
    public void A_resync_that_finds_work_hands_over_what_it_has_observed()
    {
        var keeper = Start(isDue: true);

        var observed = """{"IsIdle":false,"Steps":[],"Unobserved":"EnsureMesh"}""";
        var started = keeper.Continue([Step(), Resynced(KeeperWork.Converge, $"\"Observed\":{observed}")]);

        var child = Assert.Single(started.Children);
        Assert.Equal(nameof(ConvergeClusterOrchestrator), child.Name);
        var request = JsonSerializer.Deserialize<ConvergeRequest>(child.Input ?? "");
        Assert.Equal((DateTimeOffset.UnixEpoch.UtcDateTime, "EnsureMesh"), (request?.Began, request?.Observed?.Unobserved));
        Assert.False(Next(keeper.Continue([Step(), new ChildCompleted(1, "true")])).IsDue);
    }

    [Fact]
    public void A_resync_that_fails_unexpectedly_is_left_to_a_convergence()
    {
        var keeper = Start(isDue: true);

        var started = keeper.Continue([Step(), new TaskFailed(0, new TaskFailureDetails("E", "broken", null, null, null))]);

        Assert.Equal(nameof(ConvergeClusterOrchestrator), Assert.Single(started.Children).Name);
    }

    [Fact]
    public void A_cluster_that_is_no_longer_wanted_ends_its_keeper_and_the_timer()
    {
        var keeper = Start();
        keeper.Continue([Step(), Order(0, KeeperWork.Wait, "00:01:00")]);
        keeper.Continue([Step(), new EventRaised(KeepClusterOrchestrator.Changed, null)]);
        var end = keeper.Continue([Step(), Order(2, KeeperWork.None, "00:00:00")]);

        Assert.IsType<Ending.Completed>(end.Ending);
        Assert.Equal([1], end.CancelledTimers);
    }

    [Theory]
    [InlineData("false", "00:01:00")] // something is not as desired, so the next convergence comes sooner
    [InlineData("true", "00:15:00")] // the strategy of the cluster has changed, and with it the resync
    public void Another_pause_begins_another_generation(string converged, string resync)
    {
        var keeper = Start();
        keeper.Continue([Step(), Order(0, KeeperWork.Wait, "00:01:00")]);
        keeper.Continue([Step(), new EventRaised(KeepClusterOrchestrator.Changed, null)]);
        keeper.Continue([Step(), Order(2, KeeperWork.Converge, resync)]);
        var end = keeper.Continue([Step(), new ChildCompleted(3, converged)]);

        Assert.IsType<Ending.ContinuedAsNew>(end.Ending);
        Assert.Equal([1], end.CancelledTimers);
    }

    private static StepStarted Step() => new(DateTimeOffset.UnixEpoch);

    private static TaskCompleted Order(int task, KeeperWork work, string resync) =>
        new(task, $$"""{"Work":"{{work}}","Resync":"{{resync}}"}""");

    private static TaskCompleted Resynced(KeeperWork work, string rest) => new(0, $$"""{"Work":"{{work}}","Resync":"00:15:00",{{rest}}}""");

    private static KeepRequest Next(StepOutcome end) =>
        JsonSerializer.Deserialize<KeepRequest>(Assert.IsType<Ending.ContinuedAsNew>(end.Ending).Input ?? "")
        ?? throw new InvalidDataException("The next generation has no input.");

    private static OrchestratorRun Start(bool isDue = false, int misses = 0)
    {
        var input = JsonSerializer.Serialize(new KeepRequest(Cluster, misses, isDue));
        var row = new InstanceRow(
            "keeper",
            "1",
            Keeper,
            OrchestrationRuntimeStatus.Running,
            default,
            default,
            input,
            null,
            null,
            null,
            null
        );
        var run = new OrchestratorRun(
            row,
            async (context, _, _) =>
            {
                await KeepClusterOrchestrator.RunAsync(
                    context,
                    context.GetInput<KeepRequest>() ?? throw new InvalidDataException("The keeper has no input.")
                );
                return null;
            },
            new ServiceCollection().BuildServiceProvider(),
            JsonDataConverter.Default,
            NullLoggerFactory.Instance,
            CancellationToken.None
        );
        run.Execute([], [Step(), new ExecutionStarted(Keeper, input)]);
        return run;
    }
}
