using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Replay;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Durable;

/// <summary>An orchestrator's code and what it has heard so far, alive between two steps; belongs to one step at a time.</summary>
/// <param name="scope">The services that the orchestrator's class was made from.</param>
internal sealed partial class Session(string instanceId, string execution, OrchestratorRun run, AsyncServiceScope scope, ILogger logger)
{
    /// <summary>Bytes that a session needs besides its data: state machines, dictionaries, scope.</summary>
    private const long OwnWeight = 8 << 10;

    public string InstanceId { get; } = instanceId;

    public string Execution { get; } = execution;

    public OrchestratorRun Run { get; } = run;

    /// <summary>How many events the history on disk has.</summary>
    public int HistoryCount { get; private set; }

    /// <summary>An estimate of the memory that it occupies, in bytes.</summary>
    public long Weight { get; private set; } = OwnWeight;

    public bool CanContinue => Run.CanContinue;

    /// <summary>The history on disk now has these events too.</summary>
    public void Append(IReadOnlyList<HistoryEvent> events)
    {
        HistoryCount += events.Count;
        Weight += events.Sum(WeightOf);
    }

    /// <summary>
    /// Ends the scope. Does not throw, and does not wait for slow services: the step that drops a session may already be on disk, or may
    /// belong to another instance.
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

    [LoggerMessage(Level = LogLevel.Error, Message = "The services of orchestration {InstanceId} could not be disposed of")]
    private static partial void LogNotDisposed(ILogger logger, Exception exception, string instanceId);
}
