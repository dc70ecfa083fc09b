using System.Text.RegularExpressions;
using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Store;

namespace MeshPort.Runtime.Tests.Crash;

/// <summary>
/// Dumps a store without the parts that differ between two runs of the same work: times, generated identifiers, and the step and order in
/// which results of concurrent calls arrived. The dump has every event of every history, so it shows lost and repeated events.
/// </summary>
internal static partial class StateDump
{
    /// <param name="ofInstance">Dumps only this instance and its children, under the name ID. Null dumps all.</param>
    public static List<string> Read(Database database, string? ofInstance = null)
    {
        var lines = new List<string>();
        foreach (var instance in database.Query($"SELECT {InstanceRow.Columns} FROM instances ORDER BY id", InstanceRow.Read))
        {
            lines.Add(
                $"{Name(instance)} {instance.Name} {instance.Status} {instance.Input} -> {instance.Output} | {instance.CustomStatus} | "
                    + $"{instance.Parent?.InstanceId} {instance.Parent?.Task}"
            );
            lines.AddRange(
                HistoryRows
                    .Read(database, instance.Id)
                    .Where(happened => happened is not StepStarted)
                    .Select(happened => $"{Name(instance)} history {Text(happened)}")
            );
            lines.AddRange(
                database
                    .Query(
                        "SELECT event, execution FROM messages WHERE instance_id = $1",
                        row => (Event: HistoryEvent.FromJson(row.GetString(0)), Execution: InstanceRow.Text(row, 1)),
                        instance.Id
                    )
                    .Select(message =>
                        $"{Name(instance)} message {Text(message.Event)} {(message.Execution ?? instance.Execution) == instance.Execution}"
                    )
            );
        }

        lines.AddRange(
            database.Query(
                "SELECT instance_id FROM messages WHERE instance_id NOT IN (SELECT id FROM instances)",
                row => $"{row.GetString(0)} message without an instance"
            )
        );
        lines.AddRange(
            database.Query(
                "SELECT instance_id FROM history WHERE instance_id NOT IN (SELECT id FROM instances)",
                row => $"{row.GetString(0)} history without an instance"
            )
        );
        lines.AddRange(
            database.Query("SELECT instance_id, name FROM activities", row => $"{row.GetString(0)} activity {row.GetString(1)} has not run")
        );
        var named = lines.Select(line => Generated().Replace(line, "#"));
        if (ofInstance is not null)
        {
            named = named
                .Where(line =>
                    line.StartsWith($"{ofInstance} ", StringComparison.Ordinal)
                    || line.StartsWith($"{ofInstance}-", StringComparison.Ordinal)
                )
                .Select(line => line.Replace(ofInstance, "ID", StringComparison.Ordinal));
        }

        return [.. named.Order(StringComparer.Ordinal)];
    }

    /// <summary>A generated id starts with the parent's execution.</summary>
    private static string Name(InstanceRow instance) =>
        instance.Parent is { } parent ? instance.Id.Replace(parent.Execution, parent.InstanceId, StringComparison.Ordinal) : instance.Id;

    private static string Text(HistoryEvent happened) =>
        (
            happened switch
            {
                TimerCreated timer => timer with { FireAt = DateTimeOffset.UnixEpoch },
                TaskFailed failed => failed with { Failure = WithoutStack(failed.Failure) },
                ChildFailed failed => failed with { Failure = WithoutStack(failed.Failure) },
                ExecutionStarted started => started with { Trace = null }, // a concurrent test may listen to spans
                _ => happened,
            }
        ).ToJson();

    /// <summary>Removes the stack, which depends on JIT compilation.</summary>
    private static TaskFailureDetails WithoutStack(TaskFailureDetails failure) =>
        failure with
        {
            StackTrace = null,
            InnerFailure = failure.InnerFailure is { } inner ? WithoutStack(inner) : null,
        };

    [GeneratedRegex("[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Generated();
}
