using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Replay;
using MeshPort.Runtime.Durable.Store;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace MeshPort.Runtime.Durable;

/// <summary>In-memory actions to take once a step is on disk.</summary>
internal sealed class AfterCommit
{
    public List<ActivityRow> Activities { get; } = [];

    public HashSet<string> Wake { get; } = new(StringComparer.Ordinal);

    public List<(string InstanceId, DateTimeOffset Due)> Due { get; } = [];

    /// <summary>The instance has finished.</summary>
    public bool Ended { get; set; }
}

/// <summary>Writes one step in one unit of the writer: history, tasks, timers, messages and status.</summary>
internal sealed class StepWriter(Database database, StepInput step, DateTimeOffset now)
{
    private const string WhereCurrent = $"WHERE id = $1 AND execution = $2 AND status NOT IN ({InstanceRow.TerminalStatuses})";

    private readonly InstanceRow _instance = step.Instance;
    private readonly AfterCommit _after = new();

    /// <returns>Null when the instance was replaced or purged meanwhile. Nothing is written then.</returns>
    /// <exception cref="StaleResultException">A result belongs to a call that is no longer open.</exception>
    public AfterCommit? Write(StepOutcome outcome)
    {
        switch (outcome.Ending)
        {
            case null
                when SetStatus(
                    outcome.IsSuspended ? OrchestrationRuntimeStatus.Suspended : OrchestrationRuntimeStatus.Running,
                    null,
                    outcome.CustomStatus
                ):
                Consume();
                WriteDecisions(outcome);
                break;
            case Ending.Completed completed when SetStatus(OrchestrationRuntimeStatus.Completed, completed.Output, outcome.CustomStatus):
                WriteDecisions(outcome);
                Close(link => new ChildCompleted(link.Task, completed.Output));
                break;
            // Plain text, as the Azure Storage backend stores it (functions-api A2).
            case Ending.Failed failed when SetStatus(OrchestrationRuntimeStatus.Failed, failed.Failure.ToString(), outcome.CustomStatus):
                WriteDecisions(outcome);
                Close(link => new ChildFailed(link.Task, failed.Failure));
                break;
            case Ending.ContinuedAsNew again
                when InstanceRow.NewId(now) is var execution && SetExecution(execution, again.Input, outcome.CustomStatus):
                Consume();
                WriteDecisions(outcome);
                Restart(again, execution);
                return _after;
            default:
                return null;
        }

        HistoryRows.Append(database, _instance.Id, step.HistoryCount, outcome.History);
        return _after;
    }

    /// <inheritdoc cref="Write"/>
    public AfterCommit? Terminate(TerminateRequested request)
    {
        if (!SetStatus(OrchestrationRuntimeStatus.Terminated, request.Output, null))
        {
            return null;
        }

        if (request.Recursive)
        {
            foreach (var child in InstanceWrites.RunningChildren(database, _instance.Id))
            {
                InstanceWrites.Send(database, child, null, request, now);
                _after.Wake.Add(child);
            }
        }

        var failure = new TaskFailureDetails("(unknown)", request.Output ?? "The orchestration was terminated.", null, null, null);
        Close(link => new ChildFailed(link.Task, failure));
        return _after;
    }

    /// <summary>Fails an instance whose step cannot run.</summary>
    /// <inheritdoc cref="Write"/>
    public AfterCommit? Fail(TaskFailureDetails failure)
    {
        if (!SetStatus(OrchestrationRuntimeStatus.Failed, failure.ToString(), null))
        {
            return null;
        }

        Close(link => new ChildFailed(link.Task, failure));
        return _after;
    }

    private void Consume()
    {
        foreach (var message in step.Messages)
        {
            database.Execute(
                "DELETE FROM messages WHERE instance_id = $1 AND due = $2 AND seq = $3",
                _instance.Id,
                message.Due,
                message.Seq
            );
        }
    }

    private void ConsumeResults()
    {
        foreach (var call in step.CurrentResults.Select(result => result.Call))
        {
            if (!call.Close(database))
            {
                throw new StaleResultException(call.Name);
            }
        }
    }

    private void WriteDecisions(StepOutcome outcome)
    {
        ConsumeResults(); // first, because a rewound call may be inserted again below
        foreach (var call in outcome.Activities)
        {
            database.Execute(
                "INSERT INTO activities (instance_id, execution, task, name, input) VALUES ($1, $2, $3, $4, $5)",
                _instance.Id,
                _instance.Execution,
                call.Id,
                call.Name,
                call.Input
            );
            _after.Activities.Add(
                new ActivityRow(_instance.Id, _instance.Execution, call.Id, call.Name, call.Input) { Trace = outcome.Trace }
            );
        }

        foreach (var timer in outcome.Timers)
        {
            InstanceWrites.Send(database, _instance.Id, _instance.Execution, new TimerFired(timer.Id), timer.FireAt);
            _after.Due.Add((_instance.Id, timer.FireAt));
        }

        foreach (var timer in outcome.CancelledTimers)
        {
            database.Execute(
                "DELETE FROM messages WHERE instance_id = $1 AND execution = $2 AND timer = $3",
                _instance.Id,
                _instance.Execution,
                timer
            );
        }

        outcome.Children.ForEach(child => StartChild(child, outcome.Trace));
        foreach (var sent in outcome.Events)
        {
            if (InstanceWrites.SendIfRunning(database, sent.InstanceId, null, sent.Event, now))
            {
                _after.Wake.Add(sent.InstanceId);
            }
        }
    }

    private void StartChild(ChildCall call, string? trace)
    {
        var parent = new ParentLink(_instance.Id, _instance.Execution, _instance.Name, call.Id);
        if (Rewind.TakeUp(database, parent, call.InstanceId, now))
        {
            _after.Wake.Add(call.InstanceId);
            _after.Wake.Add(_instance.Id);
            return;
        }

        // The instance counts as running, even if this step has just finished it.
        if (call.InstanceId == _instance.Id || InstanceRow.Find(database, call.InstanceId) is { IsFinished: false })
        {
            var failure = new TaskFailureDetails(
                typeof(InvalidOperationException).ToString(),
                $"An Orchestration instance with the ID {call.InstanceId} already exists.",
                null,
                null,
                null
            );
            InstanceWrites.Send(database, _instance.Id, _instance.Execution, new ChildFailed(call.Id, failure), now);
            _after.Wake.Add(_instance.Id);
            return;
        }

        var row = new InstanceRow(
            call.InstanceId,
            InstanceRow.NewId(now),
            call.Name,
            OrchestrationRuntimeStatus.Pending,
            now,
            now,
            call.Input,
            null,
            null,
            null,
            parent
        )
        {
            Version = call.Version,
            Trace = trace,
        };
        InstanceWrites.Create(database, row, now);
        _after.Wake.Add(call.InstanceId);
    }

    /// <returns>False when the instance is no longer the one that the step read. Nothing is written then.</returns>
    private bool SetStatus(OrchestrationRuntimeStatus status, string? output, string? customStatus) =>
        database.Execute(
            $"UPDATE instances SET status = $3, updated = $4, output = $5, custom_status = coalesce($6, custom_status) {WhereCurrent}",
            _instance.Id,
            _instance.Execution,
            (int)status,
            now.UtcTicks,
            output,
            customStatus
        ) > 0;

    /// <inheritdoc cref="SetStatus"/>
    private bool SetExecution(string execution, string? input, string? customStatus) =>
        database.Execute(
            $"UPDATE instances SET execution = $3, status = $4, updated = $5, input = $6, custom_status = coalesce($7, custom_status) "
                + WhereCurrent,
            _instance.Id,
            _instance.Execution,
            execution,
            (int)OrchestrationRuntimeStatus.Running,
            now.UtcTicks,
            input,
            customStatus
        ) > 0;

    /// <summary>Ends the instance: deletes its messages and sends the result to its parent.</summary>
    private void Close(Func<ParentLink, HistoryEvent> answer)
    {
        _after.Ended = true;
        database.Execute("DELETE FROM messages WHERE instance_id = $1", _instance.Id);
        if (
            _instance.Parent is { } parent
            && InstanceWrites.SendIfRunning(database, parent.InstanceId, parent.Execution, answer(parent), now)
        )
        {
            _after.Wake.Add(parent.InstanceId);
        }
    }

    /// <summary>
    /// Starts a new execution under the same id. Messages for the old execution only (timers, task results) are deleted. External events
    /// stay.
    /// </summary>
    private void Restart(Ending.ContinuedAsNew again, string execution)
    {
        database.Execute("DELETE FROM history WHERE instance_id = $1", _instance.Id);
        database.Execute("DELETE FROM messages WHERE instance_id = $1 AND execution = $2", _instance.Id, _instance.Execution);
        InstanceWrites.Send(
            database,
            _instance.Id,
            execution,
            new ExecutionStarted(_instance.Name, again.Input, again.Version, again.Trace, IsAgain: true),
            now
        );
        foreach (var kept in again.Kept)
        {
            // Due before all later messages, because these events arrived earlier.
            InstanceWrites.Send(database, _instance.Id, null, kept, DateTimeOffset.MinValue);
        }

        _after.Wake.Add(_instance.Id);
    }
}
