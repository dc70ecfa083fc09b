using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>
/// Runs one function for the messages of one queue, with the algorithm of the official extension (QueueListener, QueueProcessor): batches with a
/// 10-minute lease that is renewed at half, at most <see cref="QueueOptions.BatchSize"/> + <see cref="QueueOptions.NewBatchThreshold"/> messages at once,
/// back-off while the queue is empty or absent (it is not made). Unlike it, an error that is the caller's own (a wrong key) is logged and polled
/// again instead of stopping the host.
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
    private readonly List<Task> _processing = []; // only the polling loop touches it, and who stops, once the loop has ended
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _abandoned = new();
    private TaskCompletionSource _notified = NewSignal();
    private Task _polling = Task.CompletedTask;

    /// <param name="service">Made by <see cref="QueueClients.Open(string)"/>: it must not decode by itself.</param>
    /// <param name="function">Runs the function with the decoded message; throwing is its failure. The token is cancelled when the host stops.</param>
    /// <param name="time">What waiting and renewing go by: that of the service, so the real time unless the queues are embedded.</param>
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

    /// <summary>A message may have come: polls now instead of at the end of the wait.</summary>
    public void Notify() => Volatile.Read(ref _notified).TrySetResult();

    /// <summary>Receives no more, cancels the functions that run and waits for them; a message whose function was cancelled is visible again at once.</summary>
    /// <param name="cancellationToken">Ends the waiting: what still runs then keeps its lease, and comes back when that ends.</param>
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
            // Not cancelled by stopping: messages whose answer is thrown away would be invisible for the whole lease.
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
            // The edge: whatever it was, the next poll may succeed, and a listener that has silently ended never does.
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
        await woken.CancelAsync(); // leaves no timer behind
    }

    private async Task ProcessAsync(QueueMessage message)
    {
        await Task.Yield(); // a function that runs synchronously holds up neither its batch nor the polling
        try
        {
            if (_stopping.IsCancellationRequested)
            {
                // First: the message may be one that this stop has given back, and is no poison for it.
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
            // The edge: the message comes back when its lease ends, and is tried (or moved) again then.
            Log.NotCompleted(_logger, exception, message.MessageId, _queue.Name);
        }
    }

    private async Task<MessageOutcome> RunAsync(QueueMessage message)
    {
        try
        {
            await _function(MessageText.Decode(message, _options.MessageEncoding), _stopping.Token);
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
        [LoggerMessage(Level = LogLevel.Debug, Message = "Queue {Queue} is not there, or is being deleted")]
        public static partial void QueueAbsent(ILogger logger, string queue);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Queue {Queue} could not be read")]
        public static partial void NotReceived(ILogger logger, Exception exception, string queue);

        [LoggerMessage(
            Level = LogLevel.Error,
            Message = "The function failed with message {Message} of queue {Queue} at attempt {Attempt}"
        )]
        public static partial void FunctionFailed(ILogger logger, Exception exception, string message, string queue, long attempt);

        [LoggerMessage(
            Level = LogLevel.Error,
            Message = "Message {Message} of queue {Queue} could not be completed after its function ran"
        )]
        public static partial void NotCompleted(ILogger logger, Exception exception, string message, string queue);
    }
}
