using MeshPort.Convergence;
using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Replay;
using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Invocation;
using MeshPort.Runtime.Triggers;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshPort.EndToEnd.Tests.Replay;

/// <summary>
/// The orchestrators replay recorded histories: from each step of a history the code makes the decisions that were recorded. A test that
/// fails shows a change of order, which running instances do not survive.
/// </summary>
public sealed class ReplayTests
{
    private static readonly string[] Orchestrators =
    [
        nameof(KeepClusterOrchestrator),
        nameof(ConvergeClusterOrchestrator),
        nameof(RegisterFeaturesOrchestrator),
    ];

    public static TheoryData<string> Names => [.. RecordedHistory.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_recorded_history_replays(string name)
    {
        await using var host = await MeshPortHost.StartAsync(TestContext.Current.CancellationToken);
        var history = RecordedHistory.Read(name);

        foreach (var step in Enumerable.Range(0, history.Steps.Count))
        {
            var outcome = Replay(host.Functions.Services, history, step);

            Assert.False(outcome.Ending is Ending.Failed, $"step {step}: {outcome.Ending}");
            Assert.Equal(Decisions(history.Steps[step]), Decisions(outcome.History));
        }
    }

    [Fact]
    public void Each_orchestrator_has_recorded_histories() =>
        Assert.Equal(
            Orchestrators.Order(),
            RecordedHistory.Names.Select(name => RecordedHistory.Read(name).Orchestrator).Distinct().Order()
        );

    [Fact]
    public async Task A_history_that_the_code_does_not_make_is_detected()
    {
        await using var host = await MeshPortHost.StartAsync(TestContext.Current.CancellationToken);
        var history = RecordedHistory.Read("ConvergeCluster-1");
        var first = history.Steps[0].Select(happened => happened is TaskScheduled call ? call with { Name = "AnotherActivity" } : happened);
        var other = history with
        {
            Steps =
            [
                [.. first],
                .. history.Steps.Skip(1),
            ],
        };

        Assert.IsType<Ending.Failed>(Replay(host.Functions.Services, other, 1).Ending);
    }

    private static StepOutcome Replay(IServiceProvider services, RecordedHistory history, int step)
    {
        var converter = services.GetRequiredService<JsonDataConverter>();
        var functions = DurableTriggers.Create(
            services.GetRequiredService<IReadOnlyList<FunctionEntry>>(),
            converter,
            services.GetRequiredService<FunctionTimeout>()
        );
        var started = history.Steps.SelectMany(events => events).OfType<ExecutionStarted>().First();
        var row = new InstanceRow(
            history.Instance,
            "1",
            history.Orchestrator,
            OrchestrationRuntimeStatus.Running,
            default,
            default,
            started.Input,
            null,
            null,
            null,
            null
        );
        var past = history.Steps.Take(step).SelectMany(events => events).ToList();
        var arrived = history.Steps[step].Where(happened => happened is not IDecision).ToList();
        return new OrchestratorRun(
            row,
            functions.Orchestrators[history.Orchestrator],
            services,
            converter,
            NullLoggerFactory.Instance,
            CancellationToken.None
        ).Execute(past, arrived);
    }

    private static IEnumerable<string> Decisions(IEnumerable<HistoryEvent> events) =>
        events.OfType<IDecision>().Select(decision => $"#{decision.Id} {decision.Describe()}");
}
