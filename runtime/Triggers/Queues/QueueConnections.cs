using System.Collections.Concurrent;
using Azure.Core;
using Azure.Storage.Queues;
using MeshPort.Runtime.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>The accounts that Connections name: by connection string, by name with an identity, or the embedded queues of this host.</summary>
internal sealed class QueueConnections(IConfiguration settings, IServiceProvider services, EmbeddedQueues embedded)
{
    private readonly ConcurrentDictionary<string, QueueServiceClient> _clients = new(StringComparer.OrdinalIgnoreCase);
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>From now on the embedded queues are served here.</summary>
    public void Served(Uri address) => _address.TrySetResult(address);

    public bool IsEmbedded(string? declared) =>
        QueueBindingNames.ServiceUri(declared, settings) is null && QueueBindingNames.ConnectionString(declared, settings) is null;

    /// <summary>Waits until the embedded queues are served when they are meant: timers run before HTTP does.</summary>
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
