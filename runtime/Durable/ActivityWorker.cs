using System.Threading.Channels;
using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Invocation;
using MeshPort.Runtime.Tracing;
using Microsoft.DurableTask;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Durable;

/// <summary>
/// Runs each activity at least once. The transaction that records a result also deletes the activity's row. After a crash, a call without
/// a recorded result runs again. A failure during host shutdown is not recorded (functions-api A4).
/// </summary>
/// <param name="slots">The most activities that run at the same time.</param>
internal sealed partial class ActivityWorker(
    DurableStore store,
    DurableFunctions functions,
    IServiceScopeFactory scopes,
    DataConverter converter,
    PendingResults results,
    int slots,
    TimeProvider time,
    Action<string> wake,
    ILogger logger
)
{
    /// <summary>
    /// The most calls that run or wait for their commit. More than the slots, so that several results share one flush to disk.
    /// </summary>
    private const int MaxUnrecorded = 1024;

    private static readonly TimeSpan WriteRetryDelay = TimeSpan.FromSeconds(1);

    private readonly Channel<ActivityRow> _waiting = Channel.CreateUnbounded<ActivityRow>();
    private readonly SemaphoreSlim _slots = new(slots, slots);
    private readonly SemaphoreSlim _unrecorded = new(MaxUnrecorded, MaxUnrecorded);

    public void Add(ActivityRow activity) => _waiting.Writer.TryWrite(activity);

    /// <summary>Runs until the token is cancelled, then waits until the running activities end.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await _unrecorded.WaitAsync(stopping);
                try
                {
                    await _slots.WaitAsync(stopping);
                    try
                    {
                        var activity = await _waiting.Reader.ReadAsync(stopping);
                        _ = Task.Run(() => RunOneAsync(activity, stopping), CancellationToken.None);
                    }
                    catch (OperationCanceledException)
                    {
                        _slots.Release();
                        throw;
                    }
                }
                catch (OperationCanceledException)
                {
                    _unrecorded.Release();
                    throw;
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            for (var ended = 0; ended < MaxUnrecorded; ended++)
            {
                await _unrecorded.WaitAsync(CancellationToken.None);
            }
        }
    }

    private async Task RunOneAsync(ActivityRow activity, CancellationToken stopping)
    {
        try
        {
            if (await CallInSlotAsync(activity, stopping) is { } answer)
            {
                await RecordAsync(activity, answer);
            }
        }
        catch (ObjectDisposedException) when (stopping.IsCancellationRequested)
        {
            LogAborted(logger, activity.Name, activity.InstanceId);
        }
        catch (Exception exception)
        {
            LogNotRecorded(logger, exception, activity.Name, activity.InstanceId);
            _ = AddLaterAsync(activity, stopping);
        }
        finally
        {
            _unrecorded.Release();
        }
    }

    private async Task<HistoryEvent?> CallInSlotAsync(ActivityRow activity, CancellationToken stopping)
    {
        try
        {
            return await CallAsync(activity, stopping);
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task AddLaterAsync(ActivityRow activity, CancellationToken stopping)
    {
        await Task.Delay(WriteRetryDelay, TimeProvider.System, stopping).ContinueWith(_ => { }, TaskScheduler.Default);
        Add(activity);
    }

    /// <returns>Null when the call must run again because the host stops or the call timed out.</returns>
    private async Task<HistoryEvent?> CallAsync(ActivityRow activity, CancellationToken stopping)
    {
        if (!functions.Activities.TryGetValue(activity.Name, out var function))
        {
            LogMissing(logger, activity.Name, activity.InstanceId);
            // The official host reports nothing more (functions-api A3).
            return new TaskFailed(activity.Task, new TaskFailureDetails("(unknown)", "(unknown)", null, null, null));
        }

        using var span = RuntimeSpans.Call(activity);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var result = await function(activity.Input, activity.InstanceId, scope.ServiceProvider, stopping);
            return new TaskCompleted(activity.Task, converter.Write(result));
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            LogAborted(logger, activity.Name, activity.InstanceId);
            return null;
        }
        catch (FunctionTimeoutException exception)
        {
            // Not a failure: the official host returns the message to the queue and delivers it again (functions-api A4).
            span.Fail(exception);
            LogTimedOut(logger, exception, activity.Name, activity.InstanceId);
            _ = AddLaterAsync(activity, stopping);
            return null;
        }
        catch (Exception exception)
        {
            span.Fail(exception);
            LogFailed(logger, exception, activity.Name, activity.InstanceId);
            return new TaskFailed(activity.Task, Failures.Of(exception));
        }
    }

    /// <summary>The instance's next step commits the result. If no step can take it, the result is stored as a message.</summary>
    private async Task RecordAsync(ActivityRow activity, HistoryEvent answer)
    {
        if (results.Add(activity, answer) is { } pending)
        {
            wake(activity.InstanceId);
            if (await pending.WasRecorded)
            {
                return;
            }
        }

        var now = time.GetUtcNow();
        var sent = await store.WriteAsync(database =>
            activity.Close(database) && InstanceWrites.SendIfRunning(database, activity.InstanceId, activity.Execution, answer, now)
        );
        if (sent)
        {
            wake(activity.InstanceId);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Instance {InstanceId} calls activity {Name}, which does not exist")]
    private static partial void LogMissing(ILogger logger, string name, string instanceId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Activity {Name} of {InstanceId} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string name, string instanceId);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Activity {Name} of {InstanceId} exceeded functionTimeout and was cancelled; it will run again"
    )]
    private static partial void LogTimedOut(ILogger logger, Exception exception, string name, string instanceId);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Activity {Name} of {InstanceId} was interrupted; it will run again")]
    private static partial void LogAborted(ILogger logger, string name, string instanceId);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Storing the result of activity {Name} of {InstanceId} failed; the activity will run again"
    )]
    private static partial void LogNotRecorded(ILogger logger, Exception exception, string name, string instanceId);
}
