using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Queues;

/// <summary>
/// Azure Queue Storage in one SQLite file: the REST calls that the official client and the queue trigger make (queues with metadata; put, get, peek,
/// update, delete and clear messages), signed with Shared Key. Not here: SAS, access policies, service properties, Entra tokens.
/// </summary>
internal sealed class EmbeddedQueues : IDisposable
{
    private readonly QueueAccount _account = new();
    private readonly QueueDatabase _database;
    private readonly QueueEndpoint _endpoint;

    /// <param name="databasePath">The SQLite file; made when absent, and may hold other tables.</param>
    /// <param name="time">The time of visibility and expiry.</param>
    public EmbeddedQueues(string databasePath, TimeProvider time, ILogger<EmbeddedQueues> logger)
    {
        _database = new QueueDatabase(databasePath);
        var messages = new MessageApi(new MessageStore(_database, time));
        messages.MessageVisible += queue => MessageVisible?.Invoke(queue);
        _endpoint = new QueueEndpoint(_account, new QueueApi(new QueueCatalog(_database, time)), messages, time, logger);
    }

    /// <summary>A message of the named queue has become visible at a call, so that who polls it need not wait. Called on the request's thread.</summary>
    public event Action<string>? MessageVisible;

    /// <summary>Maps everything under /meshport.</summary>
    public void MapTo(IEndpointRouteBuilder endpoints) =>
        endpoints.Map($"/{QueueAccount.Name}/{{**path}}", (RequestDelegate)_endpoint.HandleAsync);

    /// <summary>How clients reach the account; holds its key, so it belongs in no file and no log.</summary>
    /// <param name="address">Where the routes are served, for example http://127.0.0.1:7071/.</param>
    public string ConnectionString(Uri address) => _account.ConnectionString(address);

    public void Dispose() => _database.Dispose();
}
