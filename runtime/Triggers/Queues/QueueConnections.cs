using System.Collections.Concurrent;
using Azure.Core;
using Azure.Storage.Queues;
using MeshPort.Runtime.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>The storage accounts of connections: by connection string, by name with an identity, or the embedded queues.</summary>
internal sealed class QueueConnections(IConfiguration settings, IServiceProvider services, EmbeddedQueues embedded)
{
    private readonly ConcurrentDictionary<string, QueueServiceClient> _clients = new(StringComparer.OrdinalIgnoreCase);
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Sets the address of the embedded queues once they are served.</summary>
    public void Served(Uri address) => _address.TrySetResult(address);

    public bool IsEmbedded(string? declared) =>
        QueueBindingNames.ServiceUri(declared, settings) is null && QueueBindingNames.ConnectionString(declared, settings) is null;

    /// <summary>For the embedded queues, waits until they are served, because timers can run before HTTP does.</summary>
    public async Task<QueueServiceClient> OpenAsync(string? declared, CancellationToken cancellationToken)
    {
        var key = declared ?? "";
        if (_clients.TryGetValue(key, out var known))
        {
            return known;
        }

        if (QueueBindingNames.ServiceUri(declared, settings) is { } account)
        {
            var credential = QueueCredentials.Of(QueueBindingNames.Section(declared, settings), services.GetService<TokenCredential>());
            return _clients.GetOrAdd(key, _ => QueueClients.Open(account, credential));
        }

        var connectionString =
            QueueBindingNames.ConnectionString(declared, settings)
            ?? embedded.ConnectionString(await _address.Task.WaitAsync(cancellationToken));
        return _clients.GetOrAdd(key, _ => QueueClients.Open(connectionString));
    }
}
