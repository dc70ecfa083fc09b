namespace MeshPort.Runtime.Queues;

/// <summary>A message as the service knows it. The text is what travels in XML: often base64, which is the clients' affair.</summary>
internal sealed record StoredMessage(
    string Id,
    string Text,
    DateTimeOffset Inserted,
    DateTimeOffset Expires,
    DateTimeOffset Visible,
    string PopReceipt,
    long DequeueCount
);
