using Microsoft.DurableTask.Client;

namespace MeshPort.Runtime.Durable.Store;

/// <summary>The parent's call that waits for an instance: decision <paramref name="Task"/> of one execution of the parent.</summary>
internal sealed record ParentLink(string InstanceId, string Execution, string Name, int Task);

/// <summary>A row of the instances table.</summary>
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
    /// <summary>Set for a new instance only. The history's <see cref="History.ExecutionStarted"/> stores it, not the row.</summary>
    public string? Version { get; init; }

    /// <summary>The starter's span. Set for a new instance only.</summary>
    public string? Trace { get; init; }

    public const string Columns =
        "id, execution, name, status, created, updated, input, output, custom_status, tags, "
        + "parent_id, parent_execution, parent_name, parent_task";

    /// <summary>The statuses of <see cref="IsTerminal"/> for SQL: Completed, Failed, Terminated.</summary>
    public const string TerminalStatuses = "1, 3, 5";

    public bool IsFinished => IsTerminal(Status);

    public static bool IsTerminal(OrchestrationRuntimeStatus status) =>
        status is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;

    /// <summary>Creates ids in order of creation, so that new rows share pages and a commit writes few pages.</summary>
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
