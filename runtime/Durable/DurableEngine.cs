using System.Collections.Concurrent;
using MeshPort.Runtime.Durable.Store;
using Microsoft.Data.Sqlite;
using Microsoft.DurableTask;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Durable;

/// <summary>Runs the store's instances: continues the unfinished ones at start, then sleeps until a commit or a due time.</summary>
internal sealed partial class DurableEngine : IHostedService, IAsyncDisposable
{
    private const int MaxAttempts = 5;

    /// <summary>The most concurrent steps. While one step waits for its commit, others are prepared and share the flush to disk.</summary>
    private const int MaxSteps = 512;

    /// <summary>The most instances that one worker reads in one snapshot. Their steps run one after the other.</summary>
    private const int MaxLook = 32;

    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StoreRetryDelay = TimeSpan.FromSeconds(5);

    private readonly DurableStore _store;
    private readonly ReadyInstances _ready = new();
    private readonly DueTimeline _timeline;
    private readonly PendingResults _results = new();
    private readonly OrchestrationWorker _orchestrations;
    private readonly ActivityWorker _activities;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<string, int> _attempts = new(StringComparer.Ordinal);
    private readonly List<Task> _loops = [];
    private readonly SemaphoreSlim _steps = new(MaxSteps, MaxSteps);
    private bool _disposed;

    public DurableEngine(
        DurableStore store,
        DurableFunctions functions,
        IServiceScopeFactory scopes,
        DataConverter converter,
        EngineLimits limits,
        ILoggerFactory loggers,
        TimeProvider time
    )
    {
        _store = store;
        _time = time;
        _logger = loggers.CreateLogger<DurableEngine>();
        _timeline = new DueTimeline(time, _ready.Wake);
        _orchestrations = new OrchestrationWorker(store, functions, scopes, converter, _results, limits.Sessions, loggers, time);
        var log = loggers.CreateLogger<ActivityWorker>();
        _activities = new ActivityWorker(store, functions, scopes, converter, _results, limits.Activities, time, _ready.Wake, log);
    }

    public DurableStore Store => _store;

    public InstanceSignals Signals { get; } = new();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var (activities, due) = _store.Read(database =>
            (
                ActivityRow.ReadAll(database),
                database.Query(
                    "SELECT DISTINCT instance_id, due FROM messages",
                    row => (Id: row.GetString(0), Due: new DateTimeOffset(row.GetInt64(1), TimeSpan.Zero))
                )
            )
        );
        due.ForEach(message => Wake(message.Id, message.Due));
        activities.ForEach(_activities.Add);
        for (var worker = 0; worker < Math.Max(2, Environment.ProcessorCount); worker++)
        {
            _loops.Add(Task.Run(StepLoopAsync, CancellationToken.None));
        }

        _loops.Add(Task.Run(() => _activities.RunAsync(_stopping.Token), CancellationToken.None));
        return Task.CompletedTask;
    }

    /// <summary>Schedules a read of the instance at <paramref name="due"/>.</summary>
    public void Wake(string instanceId, DateTimeOffset due)
    {
        if (due <= _time.GetUtcNow())
        {
            _ready.Wake(instanceId);
        }
        else
        {
            _timeline.Add(instanceId, due);
        }
    }

    /// <summary>Starts no new work and waits for running work until the token is cancelled.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        _results.Close();
        Signals.Close();
        try
        {
            await Task.WhenAll(_loops).WaitAsync(cancellationToken);
            await StepsEndedAsync().WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            LogUnfinished(_logger);
        }
    }

    /// <summary>Stops as a killed process does: everything that is not on disk is lost.</summary>
    internal async Task AbandonAsync()
    {
        _store.Abandon();
        await _stopping.CancelAsync();
        Signals.Close();
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _stopping.CancelAsync();
        _results.Close();
        _timeline.Dispose();
        _orchestrations.Dispose();
        await _store.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task StepLoopAsync()
    {
        try
        {
            await foreach (var instanceId in _ready.Reader.ReadAllAsync(_stopping.Token))
            {
                await _steps.WaitAsync(_stopping.Token);
                var taken = TakeWith(instanceId);
                var looks = _orchestrations.Look(taken);
                for (var i = 0; i < taken.Count; i++)
                {
                    _ = StepAndReleaseAsync(taken[i], looks[i]);
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            LogStopped(_logger);
        }
    }

    /// <summary>Takes more ready instances while steps are free. The caller owns all returned instances.</summary>
    private List<string> TakeWith(string first)
    {
        List<string> taken = [first];
        while (taken.Count < MaxLook && _steps.Wait(0, CancellationToken.None))
        {
            if (!_ready.Reader.TryRead(out var next))
            {
                _steps.Release();
                break;
            }

            taken.Add(next);
        }

        taken.ForEach(_ready.Taken);
        return taken;
    }

    private async Task StepAndReleaseAsync(string instanceId, Task<StepInput?> look)
    {
        try
        {
            await StepAsync(instanceId, look);
        }
        finally
        {
            _ready.Done(instanceId);
            _steps.Release();
        }
    }

    /// <summary>Completes when no step runs. No new step can start after that.</summary>
    private async Task StepsEndedAsync()
    {
        for (var ended = 0; ended < MaxSteps; ended++)
        {
            await _steps.WaitAsync(CancellationToken.None);
        }

        _steps.Release(MaxSteps); // a host stops twice: on request, and again on disposal
    }

    private async Task StepAsync(string instanceId, Task<StepInput?> look)
    {
        try
        {
            Apply(instanceId, await _orchestrations.StepAsync(look, _stopping.Token));
            _attempts.TryRemove(instanceId, out _);
        }
        catch (Exception exception) when (!_stopping.IsCancellationRequested)
        {
            await RecoverAsync(instanceId, exception);
        }
        catch (Exception exception)
        {
            // None of it is on disk. The next start runs the step again.
            LogAborted(_logger, exception, instanceId);
        }
    }

    /// <summary>
    /// Retries a step that cannot run (unreadable history) a few times, then fails its instance, so that it does not retry for ever.
    /// A store failure (a full disk) is not the instance's fault. Such a step is retried until the store works again.
    /// </summary>
    private async Task RecoverAsync(string instanceId, Exception exception)
    {
        var attempt = _attempts.AddOrUpdate(instanceId, 1, (_, before) => before + 1);
        LogStepFailed(_logger, exception, instanceId, attempt);
        if (attempt < MaxAttempts)
        {
            _ = WakeLaterAsync(instanceId, FirstRetryDelay * Math.Pow(2, attempt - 1));
            return;
        }

        if (exception is SqliteException)
        {
            _ = WakeLaterAsync(instanceId, StoreRetryDelay);
            return;
        }

        _attempts.TryRemove(instanceId, out _);
        try
        {
            Apply(instanceId, await _orchestrations.GiveUpAsync(instanceId, exception));
        }
        catch (Exception second)
        {
            LogStepFailed(_logger, second, instanceId, attempt);
            _ = WakeLaterAsync(instanceId, StoreRetryDelay);
        }
    }

    private async Task WakeLaterAsync(string instanceId, TimeSpan delay)
    {
        await Task.Delay(delay, _time);
        _ready.Wake(instanceId);
    }

    private void Apply(string instanceId, AfterCommit? after)
    {
        if (after is null)
        {
            return;
        }

        after.Activities.ForEach(_activities.Add);
        after.Due.ForEach(due => Wake(due.InstanceId, due.Due));
        foreach (var woken in after.Wake)
        {
            _ready.Wake(woken);
        }

        Signals.Changed(instanceId, after.Ended);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Running a step of instance {InstanceId} failed (attempt {Attempt})")]
    private static partial void LogStepFailed(ILogger logger, Exception exception, string instanceId, int attempt);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Host shutdown interrupted a step of instance {InstanceId}")]
    private static partial void LogAborted(ILogger logger, Exception exception, string instanceId);

    [LoggerMessage(Level = LogLevel.Debug, Message = "An orchestration worker stopped")]
    private static partial void LogStopped(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Some activities did not stop in time; they will run again")]
    private static partial void LogUnfinished(ILogger logger);
}
