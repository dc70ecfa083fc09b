using System.Globalization;
using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Tracing;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Durable.Replay;

/// <summary>The orchestrator's context. It numbers decisions, holds the open tasks, and rejects calls from other threads.</summary>
internal sealed class ReplayContext(
    InstanceRow instance,
    ExecutionStarted start,
    OrchestratorPump pump,
    DataConverter converter,
    ILoggerFactory loggers,
    CancellationToken cancellationToken
) : TaskOrchestrationContext
{
    /// <summary>The default of maxOrchestrationActions in host.json (functions-api A12). Bounds an endless orchestrator.</summary>
    internal const int MaxDecisions = 100_000;

    private int _decisions;
    private int _guids;

    public override TaskName Name { get; } = instance.Name;

    public override string InstanceId { get; } = instance.Id;

    public override ParentOrchestrationInstance? Parent { get; } =
        instance.Parent is { } parent ? new ParentOrchestrationInstance(parent.Name, parent.InstanceId) : null;

    public override string Version { get; } = start.Version ?? string.Empty;

    public override DateTime CurrentUtcDateTime => Now;

    public override bool IsReplaying => Replaying;

    internal DateTime Now { get; set; }

    internal bool Replaying { get; set; } = true;

    /// <summary>The decisions of the current step.</summary>
    internal StepOutcome Outcome { get; private set; } = new();

    /// <summary>Decisions that the history has not confirmed yet, by id.</summary>
    internal Dictionary<int, IDecision> Unconfirmed { get; } = [];

    internal Dictionary<int, OpenTask> Open { get; } = [];

    /// <summary>True when another thread cancelled a token of the orchestrator.</summary>
    internal bool HasStrayed { get; private set; }

    internal Cause Cause { get; } = new();

    internal EventMailbox Mailbox { get; } = new(converter);

    internal (string? Input, bool PreserveEvents, string? Version)? Continuation { get; private set; }

    protected override ILoggerFactory LoggerFactory { get; } = loggers;

    /// <summary>Returns the step's decisions and forgets them: they may be large, and the next step may be far away.</summary>
    internal (StepOutcome Outcome, List<IDecision> Decisions) EndStep()
    {
        var ended = (Outcome, Unconfirmed.OrderBy(decision => decision.Key).Select(decision => decision.Value).ToList());
        Outcome = new StepOutcome();
        Unconfirmed.Clear();
        return ended;
    }

    public override T? GetInput<T>()
        where T : default => converter.Read<T>(start.Input);

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        RequireInput(input);
        var serialized = converter.Write(input);
        return options?.Retry is { } retry ? Retries.RunAsync(this, retry, Call, cancellationToken) : Call();

        Task<TResult> Call()
        {
            var id = Decide(number => new TaskScheduled(number, name.Name));
            Outcome.Activities.Add(new ActivityCall(id, name.Name, serialized));
            return Await<TResult>(id, name.Name);
        }
    }

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(
        TaskName orchestratorName,
        object? input = null,
        TaskOptions? options = null
    )
    {
        RequireInput(input);
        var serialized = converter.Write(input);
        return options?.Retry is { } retry ? Retries.RunAsync(this, retry, Call, cancellationToken) : Call();

        Task<TResult> Call()
        {
            var chosen = (options as SubOrchestrationOptions)?.InstanceId;
            var id = Decide(number => new ChildScheduled(
                number,
                orchestratorName.Name,
                chosen ?? string.Create(CultureInfo.InvariantCulture, $"{instance.Execution}:{number:X4}")
            ));
            var child = (ChildScheduled)Unconfirmed[id]; // Decide has just added it
            Outcome.Children.Add(new ChildCall(id, child.Name, child.InstanceId, serialized, options?.Version?.Version ?? start.Version));
            return Await<TResult>(id, orchestratorName.Name);
        }
    }

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        var due = new DateTimeOffset(
            fireAt.Kind == DateTimeKind.Local ? fireAt.ToUniversalTime() : DateTime.SpecifyKind(fireAt, DateTimeKind.Utc)
        );
        var id = Decide(number => new TimerCreated(number, due));
        Outcome.Timers.Add((TimerCreated)Unconfirmed[id]); // Decide has just added it
        var open = new OpenTask<object?>("timer", id, converter, isTimer: true);
        Open.Add(id, open);
        WhenCancelled(
            cancellationToken,
            () =>
            {
                if (Open.Remove(id))
                {
                    Outcome.CancelledTimers.Add(id);
                    open.Cancel(cancellationToken);
                }
            }
        );
        return open.Task;
    }

    /// <summary>
    /// Cancellation is a decision too, and is deterministic only on the replay thread. <c>CancelAsync</c> and platform timers use another
    /// thread.
    /// </summary>
    private void WhenCancelled(CancellationToken cancellationToken, Action cancel) =>
        cancellationToken.Register(
            () =>
            {
                if (pump.IsCurrent)
                {
                    cancel();
                }
                else
                {
                    HasStrayed = true;
                }
            },
            useSynchronizationContext: false
        );

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        RequireReplayThread();
        return Mailbox.WaitAsync<T>(eventName, cancellationToken, WhenCancelled);
    }

    public override void SendEvent(string instanceId, string eventName, object payload)
    {
        Decide(number => new EventSent(number, instanceId, eventName));
        Outcome.Events.Add(new SentEvent(instanceId, new EventRaised(eventName, converter.Write(payload), Cause.Trace)));
    }

    public override void SetCustomStatus(object? customStatus)
    {
        RequireReplayThread();
        // The text "null": the official client returns it for a status that was set to null (functions-api A2).
        Outcome.CustomStatus = converter.Write(customStatus) ?? "null";
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true)
    {
        RequireReplayThread();
        Continuation = (converter.Write(newInput), preserveUnprocessedEvents, start.Version);
    }

    public override void ContinueAsNew(ContinueAsNewOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        RequireReplayThread();
        Continuation = (converter.Write(options.NewInput), options.PreserveUnprocessedEvents, options.NewVersion ?? start.Version);
    }

    public override Guid NewGuid()
    {
        RequireReplayThread();
        return DeterministicGuid.Create(InstanceId, CurrentUtcDateTime, _guids++);
    }

    private Task<TResult> Await<TResult>(int id, string name)
    {
        var open = new OpenTask<TResult>(name, id, converter);
        Open.Add(id, open);
        return open.Task;
    }

    private int Decide(Func<int, IDecision> decision)
    {
        RequireReplayThread();
        if (_decisions >= MaxDecisions)
        {
            throw new InvalidOperationException(
                $"The orchestration made more than {MaxDecisions} decisions in one execution. Call ContinueAsNew before that."
            );
        }

        var id = _decisions++;
        Unconfirmed.Add(id, decision(id));
        return id;
    }

    private void RequireReplayThread()
    {
        if (!pump.IsCurrent)
        {
            throw new InvalidOperationException(
                $"The orchestrator '{Name}' used its context on another thread. It awaited something that is not durable "
                    + "(Task.Run, Task.Delay, I/O) or used ConfigureAwait(false)."
            );
        }
    }

    private static void RequireInput(object? input)
    {
        if (input is TaskOptions)
        {
            throw new ArgumentException("Task options were passed as the input. Pass them as 'options'.", nameof(input));
        }
    }
}
