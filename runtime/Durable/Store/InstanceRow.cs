using Microsoft.DurableTask.Client;

namespace MeshPort.Runtime.Durable.Store;

/// <summary>Who waits for an instance: the step <paramref name="Task"/> of an execution of the parent.</summary>
internal sealed record ParentLink(string InstanceId, string Execution, string Name, int Task);

/// <summary>A row of instances.</summary>
internal sealed record InstanceRow(
    string Id,
    string Execution,
    string Name,
    OrchestrationRuntimeStatus Status,
    DateTimeOffset Created,
    DateTimeOffset Updated,
    string? Input,
    string? Output,
    string? CustomStatus,
    string? Tags,
    ParentLink? Parent
)
{
    /// <summary>Of a new instance only: it is kept in the history's <see cref="History.ExecutionStarted"/>, not in the row.</summary>
    public string? Version { get; init; }

    /// <summary>Of a new instance only: the span of who starts it.</summary>
    public string? Trace { get; init; }

    public const string Columns =
        "id, execution, name, status, created, updated, input, output, custom_status, tags, parent_id, parent_execution, parent_name, parent_task";

    /// <summary>The statuses of <see cref="IsTerminal"/>, for a statement: Completed, Failed, Terminated.</summary>
    public const string TerminalStatuses = "1, 3, 5";

    public bool IsFinished => IsTerminal(Status);

    public static bool IsTerminal(OrchestrationRuntimeStatus status) =>
        status is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;

    /// <summary>In the order of creation, so that new rows share pages and a commit writes few of them.</summary>
    public static string NewId(DateTimeOffset now) => Guid.CreateVersion7(now).ToString("N");

    public static InstanceRow? Find(Database database, string id) =>
        database.Query($"SELECT {Columns} FROM instances WHERE id = $1", Read, id).FirstOrDefault();

    public static InstanceRow Read(Row row) =>
        new(
            row.GetString(0),
            row.GetString(1),
            row.GetString(2),
            (OrchestrationRuntimeStatus)row.GetInt32(3),
            new DateTimeOffset(row.GetInt64(4), TimeSpan.Zero),
            new DateTimeOffset(row.GetInt64(5), TimeSpan.Zero),
            Text(row, 6),
            Text(row, 7),
            Text(row, 8),
            Text(row, 9),
            row.IsDBNull(10) ? null : new ParentLink(row.GetString(10), row.GetString(11), row.GetString(12), row.GetInt32(13))
        );

    public static string? Text(Row row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
