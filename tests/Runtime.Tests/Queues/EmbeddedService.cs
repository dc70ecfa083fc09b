using Azure.Storage.Queues;
using MeshPort.Runtime.Queues;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshPort.Runtime.Tests.Queues;

/// <summary>The embedded queues behind a real HTTP server on loopback, in a directory of the test.</summary>
internal sealed class EmbeddedService : IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly string _directory;
    private WebApplication? _server;
    private EmbeddedQueues? _queues;

    private EmbeddedService(TimeProvider time, string directory) => (_time, _directory) = (time, directory);

    public string DatabasePath => Path.Combine(_directory, "meshport.db");

    public EmbeddedQueues Queues => _queues ?? throw new InvalidOperationException("The service is stopped.");

    /// <summary>While true, answers 503 to every request.</summary>
    public bool IsDown { get; set; }

    /// <summary>The number of requests that were answered with 503.</summary>
    public int CallsWhileDown { get; private set; }

    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    public string ConnectionString => Queues.ConnectionString(Address);

    public static async Task<EmbeddedService> StartAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var service = new EmbeddedService(time, Directory.CreateTempSubdirectory("meshport-queues").FullName);
        await service.OpenAsync(cancellationToken);
        return service;
    }

    /// <summary>A client with base64 encoding, as applications use it.</summary>
    public QueueServiceClient Client(QueueMessageEncoding encoding = QueueMessageEncoding.Base64) => Client(ConnectionString, encoding);

    public static QueueServiceClient Client(string connectionString, QueueMessageEncoding encoding)
    {
        var options = new QueueClientOptions { MessageEncoding = encoding };
        options.Retry.MaxRetries = 0; // the tests check the response, not the client's retries
        return new QueueServiceClient(connectionString, options);
    }

    public async Task<QueueClient> CreateQueueAsync(string name, CancellationToken cancellationToken)
    {
        var queue = Client().GetQueueClient(name);
        await queue.CreateAsync(cancellationToken: cancellationToken);
        return queue;
    }

    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await StopAsync();
        await OpenAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Use((context, next) => IsDown ? DownAsync(context) : next(context));
        _queues = new EmbeddedQueues(DatabasePath, _time, NullLogger<EmbeddedQueues>.Instance);
        _queues.MapTo(_server);
        await _server.StartAsync(cancellationToken);
        Address = new Uri(_server.Urls.Single());
    }

    private Task DownAsync(HttpContext context)
    {
        CallsWhileDown++;
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return Task.CompletedTask;
    }

    private async Task StopAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _queues?.Dispose();
        (_server, _queues) = (null, null);
    }
}
