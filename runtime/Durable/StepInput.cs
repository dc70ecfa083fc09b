using System.Diagnostics;
using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Tracing;

namespace MeshPort.Runtime.Durable;

/// <summary>A row of the activities table: a call without a recorded result.</summary>
internal sealed record ActivityRow(string InstanceId, string Execution, int Task, string Name, string? Input)
{
    /// <summary>The span of the call. The instance's history holds it, not the row.</summary>
    public string? Trace { get; init; }

    /// <summary>Deletes the row in the transaction that records the result.</summary>
    /// <returns>False when the call is no longer open.</returns>
    public bool Close(Database database) =>
        database.Execute("DELETE FROM activities WHERE instance_id = $1 AND execution = $2 AND task = $3", InstanceId, Execution, Task) > 0;

    public static List<ActivityRow> ReadAll(Database database)
    {
        var rows = database.Query(
            "SELECT instance_id, execution, task, name, input FROM activities ORDER BY instance_id, execution, task",
            row => new ActivityRow(row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetString(3), InstanceRow.Text(row, 4))
        );
        return RuntimeSpans.AreWanted
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

/// <summary>A message whose due time has come.</summary>
internal sealed record DueMessage(long Due, long Seq, string? Execution, HistoryEvent Event)
{
    public const string Columns = "due, seq, execution, event";

    public static DueMessage Read(Row row) =>
        new(row.GetInt64(0), row.GetInt64(1), InstanceRow.Text(row, 2), HistoryEvent.FromJson(row.GetString(3)));
}

/// <summary>A consistent snapshot of an instance: its row, its history and its due messages.</summary>
/// <param name="Live">The instance's session, if one is in memory. The step owns it.</param>
/// <param name="History">The events to replay. Empty when <paramref name="Live"/> is set.</param>
/// <param name="Results">Activity results that the step takes when it begins. The step writes them or gives them back.</param>
internal sealed record StepInput(
    InstanceRow Instance,
    Session? Live,
    IReadOnlyList<HistoryEvent> History,
    List<DueMessage> Messages,
    IReadOnlyList<PendingResult> Results
)
{
    /// <summary>The most messages that one step takes. The next step takes the rest.</summary>
    public const int MaxMessages = 1000;

    /// <summary>
    /// When the next message is due, for an instance without work: it may have been woken too early, because a clock can step back.
    /// </summary>
    public DateTimeOffset? NextDue { get; private init; }

    /// <returns>Null when the instance has no work, now or later.</returns>
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
            return FindNextDue(database, instanceId) is { } due ? new StepInput(instance, null, [], [], []) { NextDue = due } : null;
        }

        var live = sessions.Take(instanceId, instance.Execution);
        IReadOnlyList<HistoryEvent> history = live is null ? HistoryRows.Read(database, instanceId) : [];
        if (live is null && history.Count == 0 && messages.Count == MaxMessages)
        {
            // A full page of early events must not hide the start or a termination.
            messages =
            [
                .. First(database, instanceId, now)
                    .ExceptBy(messages.Select(message => (message.Due, message.Seq)), message => (message.Due, message.Seq)),
                .. messages,
            ];
        }

        return new StepInput(instance, live, history, messages, []);
    }

    private static DateTimeOffset? FindNextDue(Database database, string instanceId) =>
        database.Scalar("SELECT MIN(due) FROM messages WHERE instance_id = $1", instanceId) is long due
            ? new DateTimeOffset(due, TimeSpan.Zero)
            : null;

    private static List<DueMessage> First(Database database, string instanceId, DateTimeOffset now) =>
        database.Query(
            $$"""
            SELECT {{DueMessage.Columns}} FROM messages
            WHERE instance_id = $1 AND due <= $2 AND (event LIKE '{"e":"started"%' OR event LIKE '{"e":"terminate"%')
            ORDER BY due, seq
            """,
            DueMessage.Read,
            instanceId,
            now.UtcTicks
        );

    /// <summary>The number of events in the history on disk.</summary>
    public int HistoryCount => Live?.HistoryCount ?? History.Count;

    /// <summary>Begins the span of an execution that starts in this step, and makes it the parent of later spans.</summary>
    /// <returns>Null when no listener is active or the execution started earlier.</returns>
    public Activity? BeginSpan()
    {
        var start =
            HistoryCount == 0 && RuntimeSpans.AreWanted
                ? Messages.FindIndex(message => message.Event is ExecutionStarted && IsCurrent(message))
                : -1;
        if (
            start < 0
            || Messages[start].Event is not ExecutionStarted started
            || RuntimeSpans.Orchestration(Instance, started.Trace) is not { } span
        )
        {
            return null;
        }

        Messages[start] = Messages[start] with { Event = started with { Trace = span.Id } };
        return span;
    }

    private bool IsCurrent(DueMessage message) => message.Execution is null || message.Execution == Instance.Execution;

    /// <summary>The results of the current execution's calls.</summary>
    public IEnumerable<PendingResult> CurrentResults => Results.Where(result => result.Call.Execution == Instance.Execution);

    public TerminateRequested? Termination => Messages.Select(message => message.Event).OfType<TerminateRequested>().FirstOrDefault();

    /// <summary>False while the instance waits for its start time. Early events stay in the store.</summary>
    public bool HasStarted => HistoryCount > 0 || Messages.Any(message => message.Event is ExecutionStarted);

    /// <summary>The due events of this execution. The start comes first, even if other events arrived earlier.</summary>
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
