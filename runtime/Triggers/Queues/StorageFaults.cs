using Azure;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>What a failed call to Queue Storage means for who listens.</summary>
internal static class StorageFaults
{
    /// <summary>The message was taken over by someone else, or it, or its queue, is gone: there is nothing left to do for it.</summary>
    public static bool IsLost(this RequestFailedException exception) =>
        exception is { Status: 404 } or { Status: 400, ErrorCode: "PopReceiptMismatch" } || exception.IsQueueDown();

    public static bool IsQueueNotFound(this RequestFailedException exception) => exception is { Status: 404, ErrorCode: "QueueNotFound" };

    public static bool IsQueueDown(this RequestFailedException exception) =>
        exception is { Status: 409, ErrorCode: "QueueBeingDeleted" or "QueueDisabled" };
}
