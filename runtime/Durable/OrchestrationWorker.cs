using Microsoft.DurableTask;
using MeshPort.Runtime.Durable.Replay;
using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Tracing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Durable;

/// <summary>Takes one instance a step further: look, replay, write.</summary>
internal sealed partial class OrchestrationWorker(
    DurableStore store,
    DurableFunctions functions,
    IServiceScopeFactory scopes,
    DataConverter converter,
    ILoggerFactory loggers,
    TimeProvider time)
{
    private readonly HistoryCache _cache = new(TimeProvider.System); // the age of memory is not simulated
    private readonly ILogger _logger = loggers.CreateLogger<OrchestrationWorker>();

    /// <summary>Looks at several instances at once: to begin a snapshot costs more than to read a few rows of it.</summary>
    /// <returns>In the order asked for. One that cannot be read fails alone.</returns>
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

        var instanceId = input.Instance.Id;
        var now = time.GetUtcNow();
        if (input.Termination is { } termination)
        {
            return await store.WriteAsync(database => new StepWriter(database, input, now).Terminate(termination));
        }

        if (!input.HasStarted)
        {
            return null;
        }

        using var span = input.BeginSpan();
        var outcome = Run(input, now, cancellationToken);
        if (cancellationToken.IsCancellationRequested)
        {
            // The code may have seen the host's token and have failed for it; the step runs again at the next start.
            return null;
        }

        var after = await store.WriteAsync(database => new StepWriter(database, input, now).Write(outcome));
        if (after is not null && outcome.Ending is null)
        {
            input.Past.Append(outcome.History);
            _cache.Put(instanceId, input.Instance.Execution, input.Past);
        }

        if (after is not null && outcome.Ending is Ending.Failed { Failure: var failure })
        {
            span.Fail(failure.ErrorType);
            LogFailed(_logger, input.Instance.Name, instanceId, failure.ToString());
        }

        if (input.Messages.Count >= StepInput.MaxMessages)
        {
            after?.Wake.Add(instanceId);
        }

        return after;
    }

    /// <summary>Ends an instance that cannot be taken further.</summary>
    public Task<AfterCommit?> GiveUpAsync(string instanceId, Exception cause)
    {
        var now = time.GetUtcNow();
        return store.WriteAsync(database =>
            InstanceRow.Find(database, instanceId) is { } row
                ? new StepWriter(database, new StepInput(row, new CachedHistory([]), []), now).Fail(Failures.Of(cause))
                : null);
    }

    private Task<StepInput?> Look(Database database, string instanceId, DateTimeOffset now)
    {
        try
        {
            return Task.FromResult(StepInput.Read(database, _cache, instanceId, now));
        }
        catch (Exception exception)
        {
            return Task.FromException<StepInput?>(exception);
        }
    }

    private StepOutcome Run(StepInput input, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!functions.Orchestrators.TryGetValue(input.Instance.Name, out var function))
        {
            var failure = new InvalidOperationException($"There is no orchestrator named '{input.Instance.Name}'.");
            return new StepOutcome { Ending = new Ending.Failed(Failures.Of(failure)) };
        }

        using var scope = scopes.CreateScope();
        return Rewinding.Execute(input.History, input.Arrived(now), arrived =>
            new OrchestratorRun(input.Instance, function, scope.ServiceProvider, converter, loggers, cancellationToken).Execute(input.History, arrived));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Orchestration {Name} ({InstanceId}) failed: {Failure}")]
    private static partial void LogFailed(ILogger logger, string name, string instanceId, string failure);
}
