namespace MeshPort.Runtime.Queues;

/// <summary>A stored message. The text is stored as sent. Clients decide whether it is base64.</summary>
internal sealed record StoredMessage(
    string Id,
    string Text,
    DateTimeOffset Inserted,
    DateTimeOffset Expires,
    DateTimeOffset Visible,
    string PopReceipt,
    long DequeueCount
);
