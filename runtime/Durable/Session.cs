using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Replay;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Durable;

/// <summary>An orchestrator's code and state, kept in memory between two steps. One step owns it at a time.</summary>
/// <param name="scope">The services that created the orchestrator's class.</param>
internal sealed partial class Session(string instanceId, string execution, OrchestratorRun run, AsyncServiceScope scope, ILogger logger)
{
    /// <summary>Estimated bytes of a session without its data: state machines, dictionaries, scope.</summary>
    private const long OwnWeight = 8 << 10;

    public string InstanceId { get; } = instanceId;

    public string Execution { get; } = execution;

    public OrchestratorRun Run { get; } = run;

    /// <summary>The number of events in the history on disk.</summary>
    public int HistoryCount { get; private set; }

    /// <summary>Estimated memory use in bytes.</summary>
    public long Weight { get; private set; } = OwnWeight;

    public bool CanContinue => Run.CanContinue;

    /// <summary>Counts events that were appended to the history on disk.</summary>
    public void Append(IReadOnlyList<HistoryEvent> events)
    {
        HistoryCount += events.Count;
        Weight += events.Sum(WeightOf);
    }

    /// <summary>
    /// Disposes of the scope. Does not throw and does not wait for slow services: the step that drops a session may be on disk already, or
    /// may belong to another instance.
    /// </summary>
    public void Drop() => _ = DropAsync();

    private async Task DropAsync()
    {
        try
        {
            await scope.DisposeAsync();
        }
        catch (Exception exception)
        {
            LogNotDisposed(logger, exception, InstanceId);
        }
    }

    private static long WeightOf(HistoryEvent happened) =>
        64
        + (
            2L
            * (
                happened switch
                {
                    ExecutionStarted started => started.Input?.Length ?? 0,
                    TaskCompleted completed => completed.Result?.Length ?? 0,
                    ChildCompleted completed => completed.Result?.Length ?? 0,
                    EventRaised raised => raised.Payload?.Length ?? 0,
                    TaskFailed or ChildFailed => 2000, // a stack trace
                    _ => 50,
                }
            )
        );

    [LoggerMessage(Level = LogLevel.Error, Message = "Disposing of the services of orchestration {InstanceId} failed")]
    private static partial void LogNotDisposed(ILogger logger, Exception exception, string instanceId);
}
