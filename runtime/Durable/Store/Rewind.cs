using MeshPort.Runtime.Durable.Client;
using MeshPort.Runtime.Durable.History;
using Microsoft.DurableTask.Client;

namespace MeshPort.Runtime.Durable.Store;

/// <summary>
/// Restarts a failed instance (functions-api A7). Its next step decides which tasks run again. All methods run inside a unit of the writer.
/// </summary>
internal static class Rewind
{
    /// <exception cref="ArgumentException">The instance does not exist.</exception>
    /// <exception cref="InvalidOperationException">The instance has not failed.</exception>
    public static void Request(Database database, string id, string? reason, DateTimeOffset now)
    {
        var row = InstanceRow.Find(database, id) ?? throw ClientErrors.NotFoundForRestart(id);
        if (row.Status != OrchestrationRuntimeStatus.Failed)
        {
            throw ClientErrors.Cannot("rewind", id, row.Status);
        }

        // The next step schedules open calls again. Late results of the deleted calls are ignored.
        database.Execute("DELETE FROM activities WHERE instance_id = $1", id);
        database.Execute(
            "UPDATE instances SET status = $2, updated = $3, output = NULL WHERE id = $1",
            id,
            (int)OrchestrationRuntimeStatus.Running,
            now.UtcTicks
        );
        if (database.Scalar("SELECT 1 FROM history WHERE instance_id = $1 LIMIT 1", id) is null)
        {
            // It failed before its code ran.
            InstanceWrites.Send(database, id, row.Execution, new ExecutionStarted(row.Name, row.Input), now);
        }

        InstanceWrites.Send(database, id, row.Execution, new RewindRequested(reason), now);
    }

    /// <summary>Reuses the child that a call had started before its parent was rewound.</summary>
    /// <returns>False when the call has no child that can continue. The caller then starts one.</returns>
    public static bool TakeUp(Database database, ParentLink parent, string childId, DateTimeOffset now)
    {
        if (InstanceRow.Find(database, childId) is not { } child || child.Parent != parent)
        {
            return false;
        }

        switch (child.Status)
        {
            case OrchestrationRuntimeStatus.Terminated:
                return false;
            case OrchestrationRuntimeStatus.Failed:
                Request(database, childId, null, now);
                break;
            case OrchestrationRuntimeStatus.Completed:
                InstanceWrites.Send(database, parent.InstanceId, parent.Execution, new ChildCompleted(parent.Task, child.Output), now);
                break;
        }

        return true;
    }
}
