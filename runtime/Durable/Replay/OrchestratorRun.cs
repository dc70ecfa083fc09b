using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Store;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Durable.Replay;

/// <summary>
/// Runs an orchestrator's code and returns the decisions of each step. The first step replays the history. Later steps pass new events to
/// the code in memory. It has no side effects.
/// </summary>
internal sealed class OrchestratorRun(
    InstanceRow instance,
    OrchestratorFunction function,
    IServiceProvider services,
    DataConverter converter,
    ILoggerFactory loggers,
    CancellationToken cancellationToken
)
{
    private readonly OrchestratorPump _pump = new();
    private readonly Queue<HistoryEvent> _held = new();
    private ReplayContext? _context;
    private Task<object?>? _code;
    private Suspended? _suspension;

    /// <summary>
    /// True when <see cref="Continue"/> gives the same result as a replay: no non-durable task has affected the code.
    /// </summary>
    public bool CanContinue => _context is { HasStrayed: false } && !_pump.HasDropped;

    /// <summary>Runs the first step.</summary>
    /// <param name="past">The history so far.</param>
    /// <param name="arrived">The new events in order, starting with a <see cref="StepStarted"/>.</param>
    public StepOutcome Execute(IReadOnlyList<HistoryEvent> past, IReadOnlyList<HistoryEvent> arrived)
    {
        past = Rewinding.WithoutVoid(past, arrived);
        var context = new ReplayContext(instance, Start(past, arrived), _pump, converter, loggers, cancellationToken);
        _context = context;
        _pump.Run(() =>
        {
            try
            {
                Replay(context, past, arrived);
                Decide(context, arrived);
            }
            catch (NonDeterministicOrchestrationException exception)
            {
                // The code cannot distinguish new decisions from old ones.
                context.Outcome.Clear();
                context.Unconfirmed.Clear();
                context.Outcome.Ending = new Ending.Failed(Failures.Of(exception));
            }
        });
        return Finish(context, arrived);
    }

    /// <summary>Runs the next step, once the previous one is on disk.</summary>
    /// <inheritdoc cref="Execute"/>
    public StepOutcome Continue(IReadOnlyList<HistoryEvent> arrived)
    {
        var context = _context ?? throw new InvalidOperationException("The first step has not run.");
        _pump.Run(() => Decide(context, arrived));
        return Finish(context, arrived);
    }

    private void Replay(ReplayContext context, IReadOnlyList<HistoryEvent> past, IReadOnlyList<HistoryEvent> arrived)
    {
        foreach (var happened in past)
        {
            Apply(context, happened);
        }

        var reopen = Rewinding.Reopen(context, arrived);
        Forget(context);
        reopen?.Invoke(context.Outcome);
        context.Replaying = false;
    }

    private void Decide(ReplayContext context, IReadOnlyList<HistoryEvent> arrived)
    {
        foreach (var happened in arrived)
        {
            Apply(context, happened);
        }

        context.Outcome.Ending = End(context);
    }

    private StepOutcome Finish(ReplayContext context, IReadOnlyList<HistoryEvent> arrived)
    {
        var (outcome, decisions) = context.EndStep();
        outcome.IsSuspended = _suspension is not null;
        outcome.Trace = context.Cause.Trace;
        outcome.History.AddRange(arrived);
        outcome.History.AddRange(decisions.Cast<HistoryEvent>());
        return outcome;
    }

    /// <summary>Clears the decisions that the store already has.</summary>
    /// <exception cref="NonDeterministicOrchestrationException">The history does not have one of the decisions.</exception>
    private static void Forget(ReplayContext context)
    {
        if (context.Unconfirmed.Count > 0)
        {
            var (id, decision) = context.Unconfirmed.MinBy(entry => entry.Key);
            throw new NonDeterministicOrchestrationException(
                $"Non-deterministic orchestrator '{context.Name}': at step #{id} the code now makes {decision.Describe()}, "
                    + "which the history does not have. Do not change the order of calls while instances run."
            );
        }

        context.Outcome.Clear();
    }

    private void Apply(ReplayContext context, HistoryEvent happened)
    {
        if (happened is IDecision decision)
        {
            Confirm(context, decision);
            return;
        }

        if (_suspension is not null && happened is not (Resumed or StepStarted))
        {
            _held.Enqueue(happened);
            return;
        }

        context.Cause.Follow(happened);
        Deliver(context, happened);
        _pump.RunAll();
    }

    private void Deliver(ReplayContext context, HistoryEvent happened)
    {
        switch (happened)
        {
            case StepStarted step:
                context.Now = step.At.UtcDateTime;
                break;
            case ExecutionStarted:
                _code = function(context, services, cancellationToken);
                break;
            case TaskCompleted completed:
                Complete(context, completed.Id, completed.Result);
                break;
            case TaskFailed failed:
                Fail(context, failed.Id, failed.Failure);
                break;
            case ChildCompleted completed:
                Complete(context, completed.Id, completed.Result);
                break;
            case ChildFailed failed:
                Fail(context, failed.Id, failed.Failure);
                break;
            case TimerFired fired:
                Complete(context, fired.Id, null);
                break;
            case EventRaised raised:
                context.Mailbox.Deliver(raised);
                break;
            case Suspended suspended:
                _suspension = suspended;
                break;
            case Resumed:
                Resume(context);
                break;
        }
    }

    private static void Complete(ReplayContext context, int id, string? result)
    {
        if (context.Open.Remove(id, out var task))
        {
            task.Complete(result);
        }
    }

    private static void Fail(ReplayContext context, int id, TaskFailureDetails failure)
    {
        if (context.Open.Remove(id, out var task))
        {
            task.Fail(failure);
        }
    }

    private void Resume(ReplayContext context)
    {
        _suspension = null;
        while (_suspension is null && _held.TryDequeue(out var held))
        {
            Apply(context, held);
        }
    }

    private static void Confirm(ReplayContext context, IDecision recorded)
    {
        if (!context.Unconfirmed.Remove(recorded.Id, out var now))
        {
            throw new NonDeterministicOrchestrationException(
                $"Non-deterministic orchestrator '{context.Name}': step #{recorded.Id} was {recorded.Describe()} in the history, "
                    + "but the code no longer makes it. Do not change the order of calls while instances run."
            );
        }

        if (!string.Equals(now.Describe(), recorded.Describe(), StringComparison.OrdinalIgnoreCase))
        {
            throw new NonDeterministicOrchestrationException(
                $"Non-deterministic orchestrator '{context.Name}': step #{recorded.Id} was {recorded.Describe()} in the history, "
                    + $"but the code now makes {now.Describe()}. Do not change the order of calls while instances run."
            );
        }
    }

    private Ending? End(ReplayContext context)
    {
        if (_code is null)
        {
            return null;
        }

        if (!_code.IsCompleted)
        {
            return IsWaiting(context) ? null : new Ending.Failed(Failures.Of(AwaitsNonDurableTask(context)));
        }

        if (_code.IsFaulted || _code.IsCanceled)
        {
            return new Ending.Failed(Failures.Of(_code.Exception?.InnerException ?? new TaskCanceledException(_code)));
        }

        if (context.Continuation is { } continuation)
        {
            return new Ending.ContinuedAsNew(
                continuation.Input,
                Kept(context, continuation.PreserveEvents),
                continuation.Version,
                context.Cause.OfNext
            );
        }

        // An open timer keeps the instance running (functions-api A3). Orchestrators cancel the timers they no longer need.
        return context.Open.Values.Any(task => task.IsTimer) ? null : new Ending.Completed(converter.Write(_code.GetAwaiter().GetResult()));
    }

    /// <summary>True when a durable event can continue the code.</summary>
    private bool IsWaiting(ReplayContext context) =>
        !context.HasStrayed && (_suspension is not null || context.Open.Count > 0 || context.Mailbox.HasWaiters);

    private static InvalidOperationException AwaitsNonDurableTask(ReplayContext context) =>
        new(
            $"The orchestrator '{context.Name}' awaits something that is not durable (Task.Run, Task.Delay, CancelAsync, I/O). "
                + "It would wait for ever."
        );

    private IReadOnlyList<HistoryEvent> Kept(ReplayContext context, bool preserveEvents)
    {
        IEnumerable<HistoryEvent> suspension = _suspension is null ? [] : [_suspension];
        return preserveEvents ? [.. context.Mailbox.Unprocessed, .. suspension, .. _held.OfType<EventRaised>()] : [.. suspension];
    }

    private static ExecutionStarted Start(IReadOnlyList<HistoryEvent> past, IReadOnlyList<HistoryEvent> arrived) =>
        past.Concat(arrived).OfType<ExecutionStarted>().First();
}
