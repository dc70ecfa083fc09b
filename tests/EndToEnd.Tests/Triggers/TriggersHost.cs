using Azure.Storage.Queues;
using MeshPort.Clusters;
using MeshPort.Host.Hosting;
using MeshPort.Runtime;
using MeshPort.Sandbox;
using MeshPort.State;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests.Triggers;

/// <summary>MeshPort on a sandbox of its own, which looks at a cluster only when something wakes it.</summary>
internal sealed class TriggersHost : IAsyncDisposable
{
    private const double TimeScale = 300;
    private readonly TestDirectory _directory;
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false };
    private bool _azureIsLost;

    private TriggersHost(TestDirectory directory, AzureSandbox sandbox, LocalHost functions)
    {
        (_directory, Sandbox, Functions) = (directory, sandbox, functions);
        Client = new HttpClient(_handler) { BaseAddress = functions.Address };
    }

    public AzureSandbox Sandbox { get; }

    public LocalHost Functions { get; }

    public HttpClient Client { get; }

    public static string Cluster => $"/{Walkthrough.Environment.Path}";

    public static ClusterId Id => new(Walkthrough.Environment.SubscriptionId, Walkthrough.Environment.ResourceGroup, Walkthrough.Environment.Cluster);

    public DesiredClusters Clusters => Functions.Services.GetRequiredService<DesiredClusters>();

    public static async Task<TriggersHost> StartAsync(CancellationToken cancellationToken, params (string Key, string Value)[] more)
    {
        var directory = new TestDirectory();
        var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { TimeScale = TimeScale }, cancellationToken);
        var settings = MeshPortSettings.For(sandbox).With(MeshPortSettings.DataDirectory, directory.Path).With($"{Resync.Setting}:{nameof(Resync.ManagedService)}", "P1D");
        settings = more.Aggregate(settings, (known, setting) => known.With(setting.Key, setting.Value));
        return new TriggersHost(directory, sandbox, await FunctionsHost.StartAsync(directory.Path, 0, sandbox.Clock, settings, ErrorLog.Verbose, cancellationToken));
    }

    /// <summary>A client as senders use it.</summary>
    public QueueClient Queue(string name) => new(Functions.QueueConnectionString, name, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });

    /// <summary>Azure answers no more.</summary>
    public async Task LoseAzureAsync()
    {
        if (!_azureIsLost)
        {
            _azureIsLost = true;
            await Sandbox.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _handler.Dispose();
        await Functions.DisposeAsync();
        await LoseAzureAsync();
        _directory.Dispose();
    }
}
