using Azure.Core;
using Azure.Storage.Queues;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>
/// The clients of the listener and the output bindings. They send text as is; <see cref="QueueMessageText"/> does the encoding.
/// </summary>
internal static class QueueClients
{
    /// <summary>
    /// Opens a client that neither encodes nor decodes. A decoding client would lose a whole batch to one bad message, and could not copy a
    /// bad message unchanged.
    /// </summary>
    /// <param name="connectionString">For a storage account, Azurite (also UseDevelopmentStorage=true), or the embedded queues.</param>
    public static QueueServiceClient Open(string connectionString) =>
        new(connectionString, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None });

    /// <inheritdoc cref="Open(string)"/>
    public static QueueServiceClient Open(Uri service, TokenCredential credential) =>
        new(service, credential, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None });

    /// <summary>Sends a message. Creates the queue if it does not exist.</summary>
    public static async Task SendAsync(this QueueClient queue, string text, CancellationToken cancellationToken)
    {
        try
        {
            await queue.SendMessageAsync(text, cancellationToken);
        }
        catch (Azure.RequestFailedException exception) when (exception.IsQueueNotFound())
        {
            await queue.CreateIfNotExistsAsync(metadata: null, cancellationToken);
            await queue.SendMessageAsync(text, cancellationToken);
        }
    }
}
