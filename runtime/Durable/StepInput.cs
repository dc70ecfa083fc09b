using System.Diagnostics;
using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Tracing;

namespace MeshPort.Runtime.Durable;

/// <summary>A row of activities: a call whose result is not recorded yet.</summary>
internal sealed record ActivityRow(string InstanceId, string Execution, int Task, string Name, string? Input)
{
    /// <summary>The span that it belongs to. Not in the row: the instance's history has it.</summary>
    public string? Trace { get; init; }

    /// <summary>Its result is recorded, in the same transaction.</summary>
    /// <returns>False when the call is no longer open.</returns>
    public bool Close(Database database) =>
        database.Execute("DELETE FROM activities WHERE instance_id = $1 AND execution = $2 AND task = $3", InstanceId, Execution, Task) > 0;

    public static List<ActivityRow> ReadAll(Database database)
    {
        var rows = database.Query(
            "SELECT instance_id, execution, task, name, input FROM activities ORDER BY instance_id, execution, task",
            row => new ActivityRow(row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetString(3), InstanceRow.Text(row, 4))
        );
        return Spans.AreWanted
            ?
            [
                .. rows.GroupBy(row => row.InstanceId)
                    .SelectMany(calls => Traced(calls, Cause.Of(HistoryRows.Read(database, calls.Key)).Trace)),
            ]
            : rows;
    }

    private static IEnumerable<ActivityRow> Traced(IEnumerable<ActivityRow> calls, string? trace) =>
        calls.Select(call => call with { Trace = trace });
}

/// <summary>A message that has come due.</summary>
internal sealed record DueMessage(long Due, long Seq, string? Execution, HistoryEvent Event)
{
    public const string Columns = "due, seq, execution, event";

    public static DueMessage Read(Row row) =>
        new(row.GetInt64(0), row.GetInt64(1), InstanceRow.Text(row, 2), HistoryEvent.FromJson(row.GetString(3)));
}

/// <summary>One consistent look at an instance: its row, its history and what has come in.</summary>
/// <param name="Live">The instance's code, where it is still in memory; it belongs to the step.</param>
/// <param name="History">The events so far, to be replayed; empty when the code is in memory.</param>
/// <param name="Results">The results of activities, which the step takes when it begins; it writes them or gives them back.</param>
internal sealed record StepInput(
    InstanceRow Instance,
    Session? Live,
    IReadOnlyList<HistoryEvent> History,
    List<DueMessage> Messages,
    IReadOnlyList<PendingResult> Results
)
{
    /// <summary>A step takes at most so many messages; the rest makes the next one.</summary>
    public const int MaxMessages = 1000;

    /// <returns>Null when there is nothing to do.</returns>
    public static StepInput? Read(Database database, Sessions sessions, PendingResults results, string instanceId, DateTimeOffset now)
    {
        if (InstanceRow.Find(database, instanceId) is not { IsFinished: false } instance)
        {
            results.Take(instanceId).ForEach(result => result.GiveBack());
            return null;
        }

        var messages = database.Query(
            $"SELECT {DueMessage.Columns} FROM messages WHERE instance_id = $1 AND due <= $2 ORDER BY due, seq LIMIT $3",
            DueMessage.Read,
            instanceId,
            now.UtcTicks,
            MaxMessages
        );
        if (messages.Count == 0 && !results.Has(instanceId))
        {
            return null;
        }

        var live = sessions.Take(instanceId, instance.Execution);
        IReadOnlyList<HistoryEvent> history = live is null ? HistoryRows.Read(database, instanceId) : [];
        if (live is null && history.Count == 0 && messages.Count == MaxMessages)
        {
            // So many early events must not keep out what the instance waits for.
            messages =
            [
                .. First(database, instanceId, now)
                    .ExceptBy(messages.Select(message => (message.Due, message.Seq)), message => (message.Due, message.Seq)),
                .. messages,
            ];
        }

        return new StepInput(instance, live, history, messages, []);
    }

    private static List<DueMessage> First(Database database, string instanceId, DateTimeOffset now) =>
        database.Query(
            $$"""SELECT {{DueMessage.Columns}} FROM messages WHERE instance_id = $1 AND due <= $2 AND (event LIKE '{"e":"started"%' OR event LIKE '{"e":"terminate"%') ORDER BY due, seq""",
            DueMessage.Read,
            instanceId,
            now.UtcTicks
        );

    /// <summary>How many events the history on disk has.</summary>
    public int HistoryCount => Live?.HistoryCount ?? History.Count;

    /// <summary>Begins the span of an execution that begins here; what it causes belongs to that.</summary>
    /// <returns>Null when nobody listens, or the execution has begun before.</returns>
    public Activity? BeginSpan()
    {
        var start =
            HistoryCount == 0 && Spans.AreWanted
                ? Messages.FindIndex(message => message.Event is ExecutionStarted && IsCurrent(message))
                : -1;
        if (
            start < 0
            || Messages[start].Event is not ExecutionStarted started
            || Spans.Orchestration(Instance, started.Trace) is not { } span
        )
        {
            return null;
        }

        Messages[start] = Messages[start] with { Event = started with { Trace = span.Id } };
        return span;
    }

    private bool IsCurrent(DueMessage message) => message.Execution is null || message.Execution == Instance.Execution;

    /// <summary>The results of this execution's calls.</summary>
    public IEnumerable<PendingResult> CurrentResults => Results.Where(result => result.Call.Execution == Instance.Execution);

    public TerminateRequested? Termination => Messages.Select(message => message.Event).OfType<TerminateRequested>().FirstOrDefault();

    /// <summary>False while the instance waits for its start time: events that come early stay where they are.</summary>
    public bool HasStarted => HistoryCount > 0 || Messages.Any(message => message.Event is ExecutionStarted);

    /// <summary>What has come in for this execution; the start comes first, whatever arrived before it.</summary>
    public List<HistoryEvent> Arrived(DateTimeOffset now)
    {
        var current = Messages.Where(IsCurrent).Select(message => message.Event).ToList();
        return
        [
            new StepStarted(now),
            .. current.Where(message => message is ExecutionStarted),
            .. current.Where(message => message is not ExecutionStarted),
            .. CurrentResults.Select(result => result.Answer),
        ];
    }
}
