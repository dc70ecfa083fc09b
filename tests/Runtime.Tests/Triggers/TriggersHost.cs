using Azure.Storage.Queues;
using MeshPort.Runtime.Tests.Triggers.Functions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Tests.Triggers;

/// <summary>A host of the trigger functions on a new data directory, in real time, called over its public interfaces.</summary>
internal sealed class TriggersHost : IAsyncDisposable
{
    private readonly string _directory;

    private TriggersHost(LocalHost host, string directory, Deliveries deliveries)
    {
        (Host, _directory, Deliveries) = (host, directory, deliveries);
        Http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = host.Address };
        Queues = new QueueServiceClient(
            host.QueueConnectionString,
            new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 }
        );
    }

    public LocalHost Host { get; private set; }

    public Deliveries Deliveries { get; }

    public HttpClient Http { get; }

    /// <summary>A client with base64 encoding, as applications use it.</summary>
    public QueueServiceClient Queues { get; }

    public static async Task<TriggersHost> StartAsync(params (string Name, string Value)[] settings)
    {
        var directory = Directory.CreateTempSubdirectory("triggers-test-").FullName;
        var deliveries = new Deliveries();
        try
        {
            return new TriggersHost(await OpenAsync(directory, deliveries, settings), directory, deliveries);
        }
        catch
        {
            Directory.Delete(directory, recursive: true);
            throw;
        }
    }

    public async Task SendAsync(string queue, string text, CancellationToken cancellationToken)
    {
        var client = Queues.GetQueueClient(queue);
        await client.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await client.SendMessageAsync(text, cancellationToken);
    }

    public async Task<LocalHost> RestartAsync()
    {
        await Host.DisposeAsync();
        return Host = await OpenAsync(_directory, Deliveries, []);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Host.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static Task<LocalHost> OpenAsync(string directory, Deliveries deliveries, (string Name, string Value)[] settings) =>
        LocalHost.StartAsync(
            new LocalHostOptions
            {
                Functions = new FunctionAssembly(typeof(Deliveries).Namespace ?? ""),
                DataDirectory = directory,
                Configure = builder =>
                {
                    builder.Logging.ClearProviders();
                    builder.Configuration.AddInMemoryCollection([new("OrdersQueue", "orders")]);
                    builder.Configuration.AddInMemoryCollection(
                        settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value))
                    );
                    builder.Services.AddSingleton(deliveries);
                },
            },
            TestContext.Current.CancellationToken
        );
}
