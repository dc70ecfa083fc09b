using Azure.Storage.Queues;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>The clients that the listener and the output bindings work with: their text is what travels, encoding is <see cref="MessageText"/>'s.</summary>
internal static class QueueClients
{
    /// <summary>
    /// A client that neither encodes nor decodes. One that decodes would lose a whole batch to one bad message, and could not copy a bad message unchanged.
    /// </summary>
    /// <param name="connectionString">Of a storage account, of Azurite (UseDevelopmentStorage=true as well), or of the embedded queues.</param>
    public static QueueServiceClient Open(string connectionString) =>
        new(connectionString, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None });

    /// <summary>Sends, and makes the queue when it is not there.</summary>
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
