using Azure;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>Classifies errors of Queue Storage for the listener.</summary>
internal static class StorageFaults
{
    /// <summary>True when another receiver has the message, or the message or its queue no longer exists. Nothing is left to do.</summary>
    public static bool IsLost(this RequestFailedException exception) =>
        exception is { Status: 404 } or { Status: 400, ErrorCode: "PopReceiptMismatch" } || exception.IsQueueDown();

    public static bool IsQueueNotFound(this RequestFailedException exception) => exception is { Status: 404, ErrorCode: "QueueNotFound" };

    public static bool IsQueueDown(this RequestFailedException exception) =>
        exception is { Status: 409, ErrorCode: "QueueBeingDeleted" or "QueueDisabled" };
}
