using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>
/// Keeps a message invisible while its function runs. Renews the lease at half its duration, sooner after a service failure.
/// </summary>
internal sealed partial class MessageLease
{
    /// <summary>The visibility timeout of a received and of a renewed message.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Interval = Duration / 2;
    private static readonly TimeSpan MinimumInterval = TimeSpan.FromMinutes(1);

    private readonly QueueClient _queue;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _renewing;
    private QueueMessage _message;

    private MessageLease(QueueClient queue, QueueMessage message, TimeProvider time, ILogger logger)
    {
        (_queue, _message, _time, _logger) = (queue, message, time, logger);
        _renewing = RenewAsync();
    }

    public static MessageLease Start(QueueClient queue, QueueMessage message, TimeProvider time, ILogger logger) =>
        new(queue, message, time, logger);

    /// <summary>Stops renewing. Waits for a running renewal, because it changes the pop receipt.</summary>
    /// <returns>The message with its latest pop receipt.</returns>
    public async Task<QueueMessage> StopAsync()
    {
        await _stop.CancelAsync();
        await _renewing;
        _stop.Dispose();
        return _message;
    }

    private async Task RenewAsync()
    {
        var interval = Interval;
        while (await WaitAsync(interval))
        {
            try
            {
                UpdateReceipt receipt = await _queue.UpdateMessageAsync(
                    _message.MessageId,
                    _message.PopReceipt,
                    visibilityTimeout: Duration,
                    cancellationToken: CancellationToken.None
                );
                _message = _message.Update(receipt);
                interval = Interval;
            }
            catch (RequestFailedException exception) when (exception.IsLost())
            {
                Log.Lost(_logger, exception, _queue.Name, _message.MessageId);
                return;
            }
            catch (Exception exception) when (exception is RequestFailedException or AggregateException)
            {
                interval = interval / 2 > MinimumInterval ? interval / 2 : MinimumInterval;
                Log.NotRenewed(_logger, exception, _queue.Name, _message.MessageId, interval);
            }
        }
    }

    private async Task<bool> WaitAsync(TimeSpan interval)
    {
        await Task.Delay(interval, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !_stop.IsCancellationRequested;
    }

    private static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "Another receiver took message {Message} of queue {Queue}, or it was deleted, while its function runs"
        )]
        public static partial void Lost(ILogger logger, Exception exception, string queue, string message);

        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "Renewing the lease of message {Message} of queue {Queue} failed; trying again in {Interval}"
        )]
        public static partial void NotRenewed(ILogger logger, Exception exception, string queue, string message, TimeSpan interval);
    }
}
