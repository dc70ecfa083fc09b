using MeshPort.Runtime.Contract.DurableTask;
using MeshPort.Runtime.Contract.DurableTask.Client;
using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Replay;
using MeshPort.Runtime.Durable.Store;

namespace MeshPort.Runtime.Durable;

/// <summary>What to do in memory once a step is on disk.</summary>
internal sealed class AfterCommit
{
    public List<ActivityRow> Activities { get; } = [];

    public HashSet<string> Wake { get; } = new(StringComparer.Ordinal);

    public List<(string InstanceId, DateTimeOffset Due)> Due { get; } = [];

    /// <summary>The instance has finished.</summary>
    public bool Ended { get; set; }
}

/// <summary>Writes one step: history, tasks, timers, messages and status, inside one unit of the writer.</summary>
internal sealed class StepWriter(Database database, StepInput step, DateTimeOffset now)
{
    private readonly InstanceRow _instance = step.Instance;
    private readonly AfterCommit _after = new();

    /// <returns>Null when the instance was replaced or purged meanwhile; nothing is written then.</returns>
    public AfterCommit? Write(StepOutcome outcome)
    {
        if (!(outcome.Ending is null ? WriteStatus(outcome) : IsCurrent()))
        {
            return null;
        }

        Consume();
        WriteDecisions(outcome);
        switch (outcome.Ending)
        {
            case null:
                AppendHistory(outcome.History);
                break;
            case Ending.Completed completed:
                Finish(OrchestrationRuntimeStatus.Completed, completed.Output, link => new ChildCompleted(link.Task, completed.Output), outcome.CustomStatus);
                AppendHistory(outcome.History);
                break;
            case Ending.Failed failed:
                // Plain text, as the Azure Storage backend keeps it (functions-api A2).
                Finish(OrchestrationRuntimeStatus.Failed, failed.Failure.ToString(), link => new ChildFailed(link.Task, failed.Failure), outcome.CustomStatus);
                AppendHistory(outcome.History);
                break;
            case Ending.ContinuedAsNew again:
                Restart(again, outcome.CustomStatus);
                break;
        }

        return _after;
    }

    /// <inheritdoc cref="Write"/>
    public AfterCommit? Terminate(TerminateRequested request)
    {
        if (!IsCurrent())
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
        Finish(OrchestrationRuntimeStatus.Terminated, request.Output, link => new ChildFailed(link.Task, failure), null);
        return _after;
    }

    /// <summary>Gives up an instance whose step cannot be run at all.</summary>
    /// <inheritdoc cref="Write"/>
    public AfterCommit? Fail(TaskFailureDetails failure)
    {
        if (!IsCurrent())
        {
            return null;
        }

        Finish(OrchestrationRuntimeStatus.Failed, failure.ToString(), link => new ChildFailed(link.Task, failure), null);
        return _after;
    }

    private bool IsCurrent() => InstanceRow.Find(database, _instance.Id) is { IsFinished: false } row && row.Execution == _instance.Execution;

    private void Consume()
    {
        foreach (var message in step.Messages)
        {
            database.Execute("DELETE FROM messages WHERE seq = $1", message.Seq);
        }
    }

    private void WriteDecisions(StepOutcome outcome)
    {
        foreach (var call in outcome.Activities)
        {
            var seq = database.Scalar(
                "INSERT INTO activities (instance_id, execution, task, name, input) VALUES ($1, $2, $3, $4, $5) RETURNING seq",
                _instance.Id,
                _instance.Execution,
                call.Id,
                call.Name,
                call.Input) as long? ?? throw new InvalidOperationException("An inserted row has no number.");
            _after.Activities.Add(new ActivityRow(seq, _instance.Id, _instance.Execution, call.Id, call.Name, call.Input));
        }

        foreach (var timer in outcome.Timers)
        {
            InstanceWrites.Send(database, _instance.Id, _instance.Execution, new TimerFired(timer.Id), timer.FireAt);
            _after.Due.Add((_instance.Id, timer.FireAt));
        }

        foreach (var timer in outcome.CancelledTimers)
        {
            database.Execute("DELETE FROM messages WHERE instance_id = $1 AND execution = $2 AND timer = $3", _instance.Id, _instance.Execution, timer);
        }

        outcome.Children.ForEach(StartChild);
        foreach (var sent in outcome.Events)
        {
            if (InstanceWrites.SendIfRunning(database, sent.InstanceId, null, sent.Event, now))
            {
                _after.Wake.Add(sent.InstanceId);
            }
        }
    }

    private void StartChild(ChildCall call)
    {
        var parent = new ParentLink(_instance.Id, _instance.Execution, _instance.Name, call.Id);
        if (Rewind.TakeUp(database, parent, call.InstanceId, now))
        {
            _after.Wake.Add(call.InstanceId);
            _after.Wake.Add(_instance.Id);
            return;
        }

        if (InstanceRow.Find(database, call.InstanceId) is { IsFinished: false })
        {
            var failure = new TaskFailureDetails(
                typeof(InvalidOperationException).ToString(), $"An Orchestration instance with the ID {call.InstanceId} already exists.", null, null, null);
            InstanceWrites.Send(database, _instance.Id, _instance.Execution, new ChildFailed(call.Id, failure), now);
            _after.Wake.Add(_instance.Id);
            return;
        }

        var row = new InstanceRow(call.InstanceId, Guid.NewGuid().ToString("N"), call.Name, OrchestrationRuntimeStatus.Pending, now, now, call.Input, null, null, null, parent) { Version = call.Version };
        InstanceWrites.Create(database, row, now);
        _after.Wake.Add(call.InstanceId);
    }

    /// <returns>False when the instance is no longer the one that the step was made of; nothing is written then.</returns>
    private bool WriteStatus(StepOutcome outcome) => database.Execute(
        $"UPDATE instances SET status = $3, updated = $4, custom_status = coalesce($5, custom_status) WHERE id = $1 AND execution = $2 AND status NOT IN ({InstanceRow.TerminalStatuses})",
        _instance.Id,
        _instance.Execution,
        (int)(outcome.IsSuspended ? OrchestrationRuntimeStatus.Suspended : OrchestrationRuntimeStatus.Running),
        now.UtcTicks,
        outcome.CustomStatus) > 0;

    private void AppendHistory(List<HistoryEvent> events)
    {
        var seq = step.History.Count;
        foreach (var happened in events)
        {
            database.Execute("INSERT INTO history (instance_id, seq, event) VALUES ($1, $2, $3)", _instance.Id, seq++, happened.ToJson());
        }
    }

    private void Finish(OrchestrationRuntimeStatus status, string? output, Func<ParentLink, HistoryEvent> answer, string? customStatus)
    {
        _after.Ended = true;
        database.Execute("DELETE FROM messages WHERE instance_id = $1", _instance.Id);
        database.Execute(
            "UPDATE instances SET status = $2, updated = $3, output = $4, custom_status = coalesce($5, custom_status) WHERE id = $1",
            _instance.Id,
            (int)status,
            now.UtcTicks,
            output,
            customStatus);
        if (_instance.Parent is { } parent && InstanceWrites.SendIfRunning(database, parent.InstanceId, parent.Execution, answer(parent), now))
        {
            _after.Wake.Add(parent.InstanceId);
        }
    }

    /// <summary>A new execution under the same id. What was sent to the old one alone (its timers, its tasks' results) is dropped; external events stay.</summary>
    private void Restart(Ending.ContinuedAsNew again, string? customStatus)
    {
        var execution = Guid.NewGuid().ToString("N");
        database.Execute("DELETE FROM history WHERE instance_id = $1", _instance.Id);
        database.Execute("DELETE FROM messages WHERE instance_id = $1 AND execution = $2", _instance.Id, _instance.Execution);
        database.Execute(
            "UPDATE instances SET execution = $2, status = $3, updated = $4, input = $5, custom_status = coalesce($6, custom_status) WHERE id = $1",
            _instance.Id,
            execution,
            (int)OrchestrationRuntimeStatus.Running,
            now.UtcTicks,
            again.Input,
            customStatus);
        InstanceWrites.Send(database, _instance.Id, execution, new ExecutionStarted(_instance.Name, again.Input, again.Version), now);
        foreach (var kept in again.Kept)
        {
            // Before all that has come in meanwhile: they arrived earlier.
            InstanceWrites.Send(database, _instance.Id, null, kept, DateTimeOffset.MinValue);
        }

        _after.Wake.Add(_instance.Id);
    }
}
