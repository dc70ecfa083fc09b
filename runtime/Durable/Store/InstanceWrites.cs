using MeshPort.Runtime.Durable.History;

namespace MeshPort.Runtime.Durable.Store;

/// <summary>The writes of an instance that several callers share. All run inside a unit of the writer.</summary>
internal static class InstanceWrites
{
    private const string NextSeq = "(SELECT coalesce(max(seq), 0) + 1 FROM messages WHERE instance_id = $1 AND due = $4)";

    /// <summary>Creates an instance that starts at <paramref name="startAt"/>. Deletes an earlier instance with the same id.</summary>
    public static void Create(Database database, InstanceRow row, DateTimeOffset startAt)
    {
        Delete(database, row.Id);
        database.Execute(
            $"INSERT INTO instances ({InstanceRow.Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            row.Id,
            row.Execution,
            row.Name,
            (int)row.Status,
            row.Created.UtcTicks,
            row.Updated.UtcTicks,
            row.Input,
            row.Output,
            row.CustomStatus,
            row.Tags,
            row.Parent?.InstanceId,
            row.Parent?.Execution,
            row.Parent?.Name,
            row.Parent?.Task
        );
        Send(database, row.Id, row.Execution, new ExecutionStarted(row.Name, row.Input, row.Version, row.Trace), startAt);
    }

    public static void Delete(Database database, string id)
    {
        if (database.Execute("DELETE FROM instances WHERE id = $1", id) == 0)
        {
            return; // the other tables only have rows of existing instances
        }

        database.Execute("DELETE FROM history WHERE instance_id = $1", id);
        database.Execute("DELETE FROM messages WHERE instance_id = $1", id);
        database.Execute("DELETE FROM activities WHERE instance_id = $1", id);
    }

    /// <param name="execution">The execution that receives the message. Null means the current one.</param>
    public static void Send(Database database, string id, string? execution, HistoryEvent message, DateTimeOffset due) =>
        database.Execute(
            $"INSERT INTO messages (instance_id, execution, timer, due, seq, event) VALUES ($1, $2, $3, $4, {NextSeq}, $5)",
            id,
            execution,
            (message as TimerFired)?.Id,
            due.UtcTicks,
            message.ToJson()
        );

    /// <returns>False when that execution no longer runs. The message is not sent then.</returns>
    public static bool SendIfRunning(Database database, string id, string? execution, HistoryEvent message, DateTimeOffset due) =>
        database.Execute(
            $"""
            INSERT INTO messages (instance_id, execution, timer, due, seq, event)
            SELECT id, $2, $3, $4, {NextSeq}, $5 FROM instances
            WHERE id = $1 AND ($2 IS NULL OR execution = $2) AND status NOT IN ({InstanceRow.TerminalStatuses})
            """,
            id,
            execution,
            (message as TimerFired)?.Id,
            due.UtcTicks,
            message.ToJson()
        ) > 0;

    /// <returns>The ids of the instances that <paramref name="id"/> started and that have not finished.</returns>
    public static List<string> RunningChildren(Database database, string id) =>
        database.Query(
            $"SELECT id FROM instances WHERE parent_id = $1 AND status NOT IN ({InstanceRow.TerminalStatuses})",
            row => row.GetString(0),
            id
        );
}
