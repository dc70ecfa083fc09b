using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>Keeps a message invisible while its function runs: renewed at half of the lease, sooner after a failure of the service.</summary>
internal sealed partial class MessageLease
{
    /// <summary>What a message is received with, and renewed to.</summary>
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

    /// <summary>Stops renewing. A renewal under way is finished first: without its answer the pop receipt would be unknown.</summary>
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
        [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Message} of queue {Queue} is no longer ours while its function runs")]
        public static partial void Lost(ILogger logger, Exception exception, string queue, string message);

        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "Message {Message} of queue {Queue} could not be kept invisible; again in {Interval}"
        )]
        public static partial void NotRenewed(ILogger logger, Exception exception, string queue, string message, TimeSpan interval);
    }
}
