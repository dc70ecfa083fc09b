namespace MeshPort.Runtime;

/// <summary>Runs the functions of one assembly on this machine: HTTP on loopback, durable orchestrations on SQLite, queues, events and timers.</summary>
public sealed class LocalHost : IAsyncDisposable
{
    private LocalHost()
    {
    }

    /// <summary>Where HTTP is served, for example http://127.0.0.1:7071/.</summary>
    public Uri Address => throw new NotImplementedException();

    /// <summary>The application's services, <c>DurableTaskClient</c> among them.</summary>
    public IServiceProvider Services => throw new NotImplementedException();

    /// <summary>Starts; returns when HTTP is served and the durable engine runs.</summary>
    /// <exception cref="InvalidOperationException">A function is declared wrongly, the port is in use, or the data directory is; the message names it.</exception>
    public static Task<LocalHost> StartAsync(LocalHostOptions options, CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{options} {cancellationToken}");

    /// <summary>Completes when the process is asked to stop (SIGINT, SIGTERM) or the token is cancelled.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => throw new NotImplementedException($"{cancellationToken}");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
