using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>What becomes of a message before and after its function: run, deleted, visible again, or moved to the poison queue.</summary>
internal sealed partial class MessageProcessor(QueueServiceClient service, QueueClient queue, QueueOptions options, ILogger logger)
{
    private const string PoisonSuffix = "-poison";
    private const int LongestName = 63;

    // A poison queue has no poison queue of its own; nor has one whose name has no room for the suffix.
    private readonly QueueClient? _poison =
        queue.Name.EndsWith(PoisonSuffix, StringComparison.Ordinal) || queue.Name.Length + PoisonSuffix.Length > LongestName
            ? null
            : service.GetQueueClient(queue.Name + PoisonSuffix);

    /// <summary>Moves a message that was received too often already: its host died, or failed to move it, the last time.</summary>
    /// <returns>False when the function is not to be run.</returns>
    public async Task<bool> BeginAsync(QueueMessage message)
    {
        if (message.DequeueCount <= options.MaxDequeueCount)
        {
            return true;
        }

        await MoveToPoisonAsync(message);
        return false;
    }

    // No cancellation: what is decided is done, also while the host stops.
    public Task CompleteAsync(QueueMessage message, MessageOutcome outcome) =>
        outcome switch
        {
            MessageOutcome.Succeeded => DeleteAsync(message),
            MessageOutcome.Interrupted => ReleaseAsync(message, TimeSpan.Zero),
            _ when _poison is null => Task.CompletedTask, // stays invisible until its lease ends: at once again would be a fast endless loop
            _ when message.DequeueCount >= options.MaxDequeueCount => MoveToPoisonAsync(message),
            _ => ReleaseAsync(message, options.VisibilityTimeout),
        };

    private async Task MoveToPoisonAsync(QueueMessage message)
    {
        if (_poison is null)
        {
            return;
        }

        Log.Poison(logger, options.MaxDequeueCount, message.MessageId, _poison.Name);
        await _poison.SendAsync(message.MessageText, CancellationToken.None);
        await DeleteAsync(message);
    }

    private async Task DeleteAsync(QueueMessage message)
    {
        try
        {
            await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, CancellationToken.None);
        }
        catch (RequestFailedException exception) when (exception.IsLost())
        {
            Log.Lost(logger, exception, message.MessageId, queue.Name);
        }
    }

    private async Task ReleaseAsync(QueueMessage message, TimeSpan visibilityTimeout)
    {
        try
        {
            await queue.UpdateMessageAsync(
                message.MessageId,
                message.PopReceipt,
                visibilityTimeout: visibilityTimeout,
                cancellationToken: CancellationToken.None
            );
        }
        catch (RequestFailedException exception) when (exception.IsLost())
        {
            Log.Lost(logger, exception, message.MessageId, queue.Name);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "Message {Message} has reached MaxDequeueCount of {Count}. Moving message to queue '{Queue}'."
        )]
        public static partial void Poison(ILogger logger, int count, string message, string queue);

        [LoggerMessage(
            Level = LogLevel.Debug,
            Message = "Message {Message} of queue {Queue} was taken over, or is gone, after its function ran"
        )]
        public static partial void Lost(ILogger logger, Exception exception, string message, string queue);
    }
}
