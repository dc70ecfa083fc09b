using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>
/// Runs one function for the messages of one queue, with the algorithm of the official extension (QueueListener, QueueProcessor): batches
/// with a 10-minute lease that is renewed at half its duration, at most <see cref="QueueOptions.BatchSize"/> + <see
/// cref="QueueOptions.NewBatchThreshold"/> messages at once, and back-off while the queue is empty or absent. It does not create the queue.
/// One difference: a permanent error (a wrong key) is logged and retried, and does not stop the host.
/// </summary>
internal sealed partial class QueueListener : IAsyncDisposable
{
    private readonly QueueClient _queue;
    private readonly QueueOptions _options;
    private readonly Func<QueueMessage, CancellationToken, Task> _function;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly MessageProcessor _processor;
    private readonly RandomizedBackoff _delay;
    private readonly List<Task> _processing = []; // used by the polling loop only, and by StopAsync once the loop has ended
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _abandoned = new();
    private TaskCompletionSource _notified = NewSignal();
    private Task _polling = Task.CompletedTask;

    /// <param name="service">Opened by <see cref="QueueClients.Open(string)"/>, because it must not decode.</param>
    /// <param name="function">
    /// Runs the function with the decoded message. An exception means failure. Its token is cancelled on stop.
    /// </param>
    /// <param name="time">The service's clock for waits and renewals: real time unless the queues are embedded.</param>
    public QueueListener(
        QueueServiceClient service,
        string queueName,
        QueueOptions options,
        Func<QueueMessage, CancellationToken, Task> function,
        TimeProvider time,
        ILogger logger
    )
    {
        (_options, _function, _time, _logger) = (options, function, time, logger);
        _queue = service.GetQueueClient(queueName);
        _processor = new MessageProcessor(service, _queue, options, logger);
        _delay = new RandomizedBackoff(QueueOptions.MinimumPollingInterval, options.MaxPollingInterval, Random.Shared);
    }

    public string QueueName => _queue.Name;

    public void Start() => _polling = Task.Run(PollAsync);

    /// <summary>Polls at once, because a message may have arrived.</summary>
    public void Notify() => Volatile.Read(ref _notified).TrySetResult();

    /// <summary>Stops receiving, cancels the running functions and waits for them. Their messages become visible again at once.</summary>
    /// <param name="cancellationToken">Ends the wait. A message that is still in work then becomes visible when its lease ends.</param>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await using var abandon = cancellationToken.UnsafeRegister(_ => _abandoned.Cancel(), null);
        await _stopping.CancelAsync();
        await _polling.WaitAsync(cancellationToken);
        await Task.WhenAll(_processing).WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _stopping.Dispose();
        _abandoned.Dispose();
    }

    private async Task PollAsync()
    {
        var found = false;
        while (!_stopping.IsCancellationRequested)
        {
            var notified = NewSignal();
            Interlocked.Exchange(ref _notified, notified);
            var batch = await ReceiveAsync();
            if (batch.Length == 0)
            {
                await WaitAsync(_delay.Next(found), notified.Task);
                found = false;
                continue;
            }

            found = true;
            _processing.AddRange(batch.Select(ProcessAsync));
            await WaitForRoomAsync();
        }
    }

    private async Task<QueueMessage[]> ReceiveAsync()
    {
        try
        {
            // Not cancelled by stopping: the messages of a discarded response would stay invisible for the whole lease.
            return await _queue.ReceiveMessagesAsync(_options.BatchSize, MessageLease.Duration, _abandoned.Token);
        }
        catch (OperationCanceledException) when (_abandoned.IsCancellationRequested)
        {
            return [];
        }
        catch (RequestFailedException exception) when (exception.IsQueueNotFound() || exception.IsQueueDown())
        {
            Log.QueueAbsent(_logger, _queue.Name);
            return [];
        }
        catch (Exception exception)
        {
            // The outer edge: the next poll may succeed. A listener that ends silently never recovers.
            Log.NotReceived(_logger, exception, _queue.Name);
            return [];
        }
    }

    private async Task WaitForRoomAsync()
    {
        _processing.RemoveAll(task => task.IsCompleted);
        while (_processing.Count > _options.NewBatchThreshold && !_stopping.IsCancellationRequested)
        {
            _processing.Remove(await Task.WhenAny(_processing));
        }
    }

    private async Task WaitAsync(TimeSpan delay, Task notified)
    {
        using var woken = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        await Task.WhenAny(notified, Task.Delay(delay, _time, woken.Token));
        await woken.CancelAsync(); // disposes of the timer
    }

    private async Task ProcessAsync(QueueMessage message)
    {
        await Task.Yield(); // a synchronous function must not delay its batch or the polling
        try
        {
            if (_stopping.IsCancellationRequested)
            {
                // Checked first: this stop may have released the message before. Its dequeue count then must not make it poison.
                await _processor.CompleteAsync(message, MessageOutcome.Interrupted);
                return;
            }

            if (!await _processor.BeginAsync(message))
            {
                return;
            }

            var lease = MessageLease.Start(_queue, message, _time, _logger);
            var outcome = await RunAsync(message);
            await _processor.CompleteAsync(await lease.StopAsync(), outcome);
        }
        catch (Exception exception)
        {
            // The outer edge: the message becomes visible when its lease ends, and is processed or moved then.
            Log.NotCompleted(_logger, exception, message.MessageId, _queue.Name);
        }
    }

    private async Task<MessageOutcome> RunAsync(QueueMessage message)
    {
        try
        {
            await _function(QueueMessageText.Decode(message, _options.MessageEncoding), _stopping.Token);
            return MessageOutcome.Succeeded;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return MessageOutcome.Interrupted;
        }
        catch (Exception exception)
        {
            Log.FunctionFailed(_logger, exception, message.MessageId, _queue.Name, message.DequeueCount);
            return MessageOutcome.Failed;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "Queue {Queue} does not exist, or is being deleted")]
        public static partial void QueueAbsent(ILogger logger, string queue);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Reading queue {Queue} failed")]
        public static partial void NotReceived(ILogger logger, Exception exception, string queue);

        [LoggerMessage(
            Level = LogLevel.Error,
            Message = "The function failed with message {Message} of queue {Queue} at attempt {Attempt}"
        )]
        public static partial void FunctionFailed(ILogger logger, Exception exception, string message, string queue, long attempt);

        [LoggerMessage(Level = LogLevel.Error, Message = "Completing message {Message} of queue {Queue} after its function ran failed")]
        public static partial void NotCompleted(ILogger logger, Exception exception, string message, string queue);
    }
}
