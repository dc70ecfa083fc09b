using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>Decides what happens to a message before and after its function: run, delete, release, or move to the poison queue.</summary>
internal sealed partial class MessageProcessor(QueueServiceClient service, QueueClient queue, QueueOptions options, ILogger logger)
{
    private const string PoisonSuffix = "-poison";
    private const int LongestName = 63;

    // No poison queue for a poison queue, or for a queue whose name leaves no room for the suffix.
    private readonly QueueClient? _poison =
        queue.Name.EndsWith(PoisonSuffix, StringComparison.Ordinal) || queue.Name.Length + PoisonSuffix.Length > LongestName
            ? null
            : service.GetQueueClient(queue.Name + PoisonSuffix);

    /// <summary>Moves a message that was received too often. This happens when the host died, or failed to move it, last time.</summary>
    /// <returns>False when the function must not run.</returns>
    public async Task<bool> BeginAsync(QueueMessage message)
    {
        if (message.DequeueCount <= options.MaxDequeueCount)
        {
            return true;
        }

        await MoveToPoisonAsync(message);
        return false;
    }

    // Not cancellable: the outcome is applied even while the host stops.
    public Task CompleteAsync(QueueMessage message, MessageOutcome outcome) =>
        outcome switch
        {
            MessageOutcome.Succeeded => DeleteAsync(message),
            MessageOutcome.Interrupted => ReleaseAsync(message, TimeSpan.Zero),
            _ when _poison is null => Task.CompletedTask, // invisible until its lease ends; a release now would loop fast and endlessly
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
            Message = "Message {Message} of queue {Queue} was taken by another receiver, or deleted, after its function ran"
        )]
        public static partial void Lost(ILogger logger, Exception exception, string message, string queue);
    }
}
