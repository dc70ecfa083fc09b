using MeshPort.Runtime.Triggers.Http;
using MeshPort.Runtime.Triggers.Queues;
using MeshPort.Runtime.Triggers.Timers;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Triggers;

/// <summary>
/// Starts the triggers once HTTP is served, and stops them before anything else stops. HTTP, events, queues and timers drain in parallel
/// while the server (with the embedded queues) and the durable engine still run. The engine stops last.
/// </summary>
internal sealed partial class WorkIntake(
    IServer server,
    HttpIntake http,
    QueueConnections connections,
    QueueTriggers queues,
    TimerTriggers timers,
    ILogger<WorkIntake> logger
) : IHostedLifecycleService
{
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(7); // leaves the engine 3 of the 10 s for stopping

    /// <summary>The server's address as seen from this machine: loopback when the server listens on all addresses.</summary>
    public static Uri AddressOf(IServer server)
    {
        var address = BindingAddress.Parse(
            server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
                ?? throw new InvalidOperationException("HTTP is not served.")
        );
        return new UriBuilder(address.Scheme, address.Host is "0.0.0.0" or "[::]" ? "127.0.0.1" : address.Host, address.Port).Uri;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        connections.Served(AddressOf(server));
        return queues.StartAsync(cancellationToken);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(DrainTimeout);
        try
        {
            await Task.WhenAll(http.DrainAsync(deadline.Token), queues.StopAsync(deadline.Token), timers.StopAsync(deadline.Token));
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            LogUnfinished(logger);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Some functions did not end in time; their messages become visible again when their leases end"
    )]
    private static partial void LogUnfinished(ILogger logger);
}
