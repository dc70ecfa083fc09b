using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Replay;
using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Tracing;
using Microsoft.DurableTask;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Durable;

/// <summary>Runs one step of an instance: read, decide, write.</summary>
internal sealed partial class OrchestrationWorker(
    DurableStore store,
    DurableFunctions functions,
    IServiceScopeFactory scopes,
    DataConverter converter,
    PendingResults results,
    SessionLimits limits,
    ILoggerFactory loggers,
    TimeProvider time
) : IDisposable
{
    private readonly Sessions _sessions = new(limits, TimeProvider.System); // sessions expire in real time, not in simulated time
    private readonly ILogger _logger = loggers.CreateLogger<OrchestrationWorker>();

    /// <summary>Reads several instances in one snapshot: to open a snapshot costs more than to read a few rows.</summary>
    /// <returns>One task for each id, in the same order. An unreadable instance fails only its own task.</returns>
    public List<Task<StepInput?>> Look(IReadOnlyList<string> instanceIds)
    {
        var now = time.GetUtcNow();
        try
        {
            return store.Read(database => instanceIds.Select(id => Look(database, id, now)).ToList());
        }
        catch (Exception exception)
        {
            return [.. instanceIds.Select(_ => Task.FromException<StepInput?>(exception))];
        }
    }

    /// <returns>Null when there was nothing to do.</returns>
    public async Task<AfterCommit?> StepAsync(Task<StepInput?> look, CancellationToken cancellationToken)
    {
        if (await look is not { } input)
        {
            return null;
        }

        if (input.NextDue is { } due)
        {
            var later = new AfterCommit();
            later.Due.Add((input.Instance.Id, due));
            return later;
        }

        // Taken here and not in Look: a failure in Look would lose the results.
        input = input with
        {
            Results = results.Take(input.Instance.Id),
        };
        try
        {
            var now = time.GetUtcNow();
            if (input.Termination is { } termination)
            {
                input.Live?.Drop();
                return await store.WriteAsync(database => new StepWriter(database, input, now).Terminate(termination));
            }

            return input.HasStarted ? await RunAsync(input, now, cancellationToken) : null;
        }
        catch (StaleResultException)
        {
            var again = new AfterCommit();
            again.Wake.Add(input.Instance.Id);
            return again;
        }
        finally
        {
            // Results that the step wrote are recorded already; for them this has no effect.
            foreach (var result in input.Results)
            {
                result.GiveBack();
            }
        }
    }

    public void Dispose() => _sessions.Dispose();

    /// <summary>Fails an instance whose steps cannot run.</summary>
    public Task<AfterCommit?> GiveUpAsync(string instanceId, Exception cause)
    {
        var now = time.GetUtcNow();
        _sessions.Drop(instanceId); // a later rewind must start with a replay
        results.Take(instanceId).ForEach(result => result.GiveBack());
        return store.WriteAsync(database =>
            InstanceRow.Find(database, instanceId) is { } row
                ? new StepWriter(database, new StepInput(row, null, [], [], []), now).Fail(Failures.Of(cause))
                : null
        );
    }

    private Task<StepInput?> Look(Database database, string instanceId, DateTimeOffset now)
    {
        try
        {
            return Task.FromResult(StepInput.Read(database, _sessions, results, instanceId, now));
        }
        catch (Exception exception)
        {
            return Task.FromException<StepInput?>(exception);
        }
    }

    private async Task<AfterCommit?> RunAsync(StepInput input, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var span = input.BeginSpan();
        var session = input.Live;
        var arrived = input.Arrived(now);
        StepOutcome? outcome = null;
        AfterCommit? after = null;
        try
        {
            outcome = session?.Run.Continue(arrived);
            if (session is { CanContinue: false })
            {
                session.Drop();
                input = input with { Live = null, History = store.Read(database => HistoryRows.Read(database, input.Instance.Id)) };
                outcome = null;
            }

            outcome ??= Replay(input, arrived, out session, cancellationToken);
            // During shutdown, the code may have failed because of the host's token. The step runs again at the next start.
            after = cancellationToken.IsCancellationRequested
                ? null
                : await store.WriteAsync(database => new StepWriter(database, input, now).Write(outcome));
        }
        finally
        {
            Release(session, after is null ? null : outcome);
        }

        foreach (var result in after is null ? [] : input.CurrentResults)
        {
            result.Recorded();
        }

        if (after is not null && outcome.Ending is Ending.Failed { Failure: var failure })
        {
            span.Fail(failure.ErrorType);
            LogFailed(_logger, input.Instance.Name, input.Instance.Id, failure.ToString());
        }

        if (input.Messages.Count >= StepInput.MaxMessages)
        {
            after?.Wake.Add(input.Instance.Id);
        }

        return after;
    }

    /// <summary>Keeps the session for the instance's next step, unless the instance has ended.</summary>
    /// <param name="written">Null when the step is not on disk.</param>
    private void Release(Session? session, StepOutcome? written)
    {
        if (session is { CanContinue: true } && written is { Ending: null })
        {
            session.Append(written.History);
            _sessions.Put(session);
        }
        else
        {
            session?.Drop();
        }
    }

    /// <param name="session">The session after the step. Null when the orchestrator does not exist.</param>
    private StepOutcome Replay(
        StepInput input,
        IReadOnlyList<HistoryEvent> arrived,
        out Session? session,
        CancellationToken cancellationToken
    )
    {
        session = null;
        if (!functions.Orchestrators.TryGetValue(input.Instance.Name, out var function))
        {
            var failure = new InvalidOperationException($"There is no orchestrator named '{input.Instance.Name}'.");
            return new StepOutcome { Ending = new Ending.Failed(Failures.Of(failure)) };
        }

        var scope = scopes.CreateAsyncScope();
        OrchestratorRun? run = null;
        try
        {
            return Rewinding.Execute(
                input.History,
                arrived,
                events =>
                {
                    run = new OrchestratorRun(input.Instance, function, scope.ServiceProvider, converter, loggers, cancellationToken);
                    return run.Execute(input.History, events);
                }
            );
        }
        finally
        {
            if (run is null)
            {
                scope.Dispose();
            }
            else
            {
                session = new Session(input.Instance.Id, input.Instance.Execution, run, scope, _logger);
                session.Append(input.History);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Orchestration {Name} ({InstanceId}) failed: {Failure}")]
    private static partial void LogFailed(ILogger logger, string name, string instanceId, string failure);
}
