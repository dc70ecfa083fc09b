using System.Diagnostics;
using MeshPort.Runtime.Durable;
using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Queues;
using MeshPort.Runtime.Tracing;
using MeshPort.Runtime.Triggers;
using MeshPort.Runtime.Triggers.Queues;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MeshPort.Runtime;

/// <summary>Runs the functions of one assembly on this machine: HTTP, durable orchestrations on SQLite, queues and timers.</summary>
public sealed class LocalHost : IAsyncDisposable
{
    /// <summary>The name of this runtime's activity source.</summary>
    public const string TraceSource = RuntimeSpans.SourceName;

    internal static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(10);

    private readonly WebApplication _application;
    private readonly DurableStore _store;
    private bool _disposed;

    private LocalHost(WebApplication application, DurableStore store)
    {
        _application = application;
        _store = store;
        Address = WorkIntake.AddressOf(application.Services.GetRequiredService<IServer>());
        QueueConnectionString = application.Services.GetRequiredService<EmbeddedQueues>().ConnectionString(Address);
    }

    /// <summary>The base address of HTTP, for example http://127.0.0.1:7071/.</summary>
    public Uri Address { get; }

    /// <summary>
    /// The connection string of the embedded queues, which replace a storage account when no setting names one. It contains their key,
    /// which every start generates again. Do not write it to a file or a log.
    /// </summary>
    public string QueueConnectionString { get; }

    /// <summary>The application's services, including <c>DurableTaskClient</c>.</summary>
    public IServiceProvider Services => _application.Services;

    /// <summary>Starts the host. Returns when HTTP is served and the durable engine runs.</summary>
    /// <exception cref="InvalidOperationException">
    /// A function is declared wrongly, or the port or the data directory is in use. The message names the cause.
    /// </exception>
    public static async Task<LocalHost> StartAsync(LocalHostOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        Activity.Current = null; // the host's loops must not join the caller's span
        var building = new LocalHostBuilding(options);
        var store = DurableStore.Open(options.DataDirectory, options.Reached);
        WebApplication? application = null;
        try
        {
            application = building.Build(store);
            await application.StartAsync(cancellationToken);
            return new LocalHost(application, store);
        }
        catch (Exception exception)
        {
            await StopAsync(application, store);
            if (exception is IOException { InnerException: AddressInUseException })
            {
                throw new InvalidOperationException(
                    $"port {options.Port} on 127.0.0.1 is in use by {PortHolder.Describe(options.Port)}; stop that, or choose another port",
                    exception
                );
            }

            throw;
        }
    }

    /// <summary>Completes on SIGINT, on SIGTERM, or when the token is cancelled.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _application.WaitForShutdownAsync(cancellationToken);

    /// <summary>Stops within 10 s. Activities that are still running then run again at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            await StopAsync(_application, _store);
        }
    }

    /// <summary>Stops as a killed process does: everything that is not on disk is lost.</summary>
    internal async Task AbandonAsync()
    {
        _disposed = true;
        await Services.GetRequiredService<DurableEngine>().AbandonAsync();
        await Services
            .GetRequiredService<QueueTriggers>()
            .StopAsync(new CancellationToken(canceled: true))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _application.DisposeAsync();
    }

    private static async Task StopAsync(WebApplication? application, DurableStore store)
    {
        if (application is not null)
        {
            using var deadline = new CancellationTokenSource(ShutdownTimeout);
            await application.StopAsync(deadline.Token);
            await application.DisposeAsync();
        }

        await store.DisposeAsync();
    }
}
