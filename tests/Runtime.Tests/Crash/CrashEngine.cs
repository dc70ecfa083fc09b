using MeshPort.Runtime.Durable;
using MeshPort.Runtime.Durable.Client;
using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Invocation;
using MeshPort.Runtime.Triggers;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshPort.Runtime.Tests.Crash;

/// <summary>The durable engine on a data directory as the host builds it, without HTTP, so that its process starts faster.</summary>
internal sealed class CrashEngine : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private bool _disposed;

    private CrashEngine(DurableStore store, Journal effects, TimeProvider time)
    {
        var converter = new JsonDataConverter();
        var functions = FunctionCatalog.Find(new FunctionAssembly(typeof(CrashEngine).Namespace ?? "").GetTypes(), "the crash tests");
        _services = new ServiceCollection().AddSingleton(effects).BuildServiceProvider();
        Engine = new DurableEngine(
            store,
            DurableTriggers.Create(functions, converter, new FunctionTimeout(Timeout.InfiniteTimeSpan)),
            _services.GetRequiredService<IServiceScopeFactory>(),
            converter,
            EngineLimits.Default,
            NullLoggerFactory.Instance,
            time
        );
        Client = new LocalDurableTaskClient(Engine, converter, time);
        Effects = effects;
    }

    public DurableEngine Engine { get; }

    public DurableTaskClient Client { get; }

    public Journal Effects { get; }

    public static async Task<CrashEngine> StartAsync(string directory, Action<CommitPoint>? reached = null, TimeProvider? time = null)
    {
        var started = new CrashEngine(
            DurableStore.Open(directory, reached),
            new Journal(Path.Combine(directory, "effects")),
            time ?? TimeProvider.System
        );
        await started.Engine.StartAsync(CancellationToken.None);
        return started;
    }

    public T Read<T>(Func<Database, T> read) => Engine.Store.Read(read);

    public async Task UntilAsync(string id, Func<OrchestrationMetadata, bool> reached, CancellationToken cancellationToken)
    {
        while (true)
        {
            var change = Engine.Signals.NextChange(id);
            if (await Client.GetInstanceAsync(id, true, cancellationToken) is { } instance && reached(instance))
            {
                return;
            }

            await change.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await Engine.StopAsync(CancellationToken.None);
        await Engine.DisposeAsync();
        await _services.DisposeAsync();
    }
}
