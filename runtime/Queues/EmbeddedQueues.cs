using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Queues;

/// <summary>
/// Azure Queue Storage in one SQLite file. It supports the REST calls of the official client and the queue trigger: queues with metadata;
/// put, get, peek, update, delete and clear messages. Requests are signed with Shared Key. It does not support SAS, access policies,
/// service properties or Entra tokens.
/// </summary>
internal sealed class EmbeddedQueues : IDisposable
{
    private readonly QueueAccount _account = new();
    private readonly QueueDatabase _database;
    private readonly QueueEndpoint _endpoint;

    /// <param name="databasePath">The SQLite file. Created if absent. It may hold other tables.</param>
    /// <param name="time">The clock of visibility and expiry.</param>
    public EmbeddedQueues(string databasePath, TimeProvider time, ILogger<EmbeddedQueues> logger)
    {
        _database = new QueueDatabase(databasePath);
        var messages = new MessageApi(new MessageStore(_database, time));
        messages.MessageVisible += queue => MessageVisible?.Invoke(queue);
        _endpoint = new QueueEndpoint(_account, new QueueRoutes(new QueueApi(new QueueCatalog(_database, time)), messages), time, logger);
    }

    /// <summary>
    /// A call made a message of the named queue visible, so that a listener can poll at once. Raised on the request's thread.
    /// </summary>
    public event Action<string>? MessageVisible;

    /// <summary>Maps all routes under /meshport.</summary>
    public void MapTo(IEndpointRouteBuilder endpoints) =>
        endpoints.Map($"/{QueueAccount.Name}/{{**path}}", (RequestDelegate)_endpoint.HandleAsync);

    /// <summary>Returns the account's connection string. It contains the key. Do not write it to a file or a log.</summary>
    /// <param name="address">The base address of the routes, for example http://127.0.0.1:7071/.</param>
    public string ConnectionString(Uri address) => _account.ConnectionString(address);

    public void Dispose() => _database.Dispose();
}
