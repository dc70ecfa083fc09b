using MeshPort.Runtime.Durable;
using MeshPort.Runtime.Durable.Client;
using MeshPort.Runtime.Durable.Store;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshPort.Runtime.Tests.Live;

/// <summary>A durable engine whose functions are lambdas of a test.</summary>
internal sealed class BareEngine : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private BareEngine(DurableStore store, DurableFunctions functions, EngineLimits limits, ServiceProvider services, TimeProvider time)
    {
        _services = services;
        var converter = JsonDataConverter.Default;
        var scopes = services.GetRequiredService<IServiceScopeFactory>();
        Engine = new DurableEngine(store, functions, scopes, converter, limits, NullLoggerFactory.Instance, time);
        Client = new LocalDurableTaskClient(Engine, converter, time);
    }

    public DurableEngine Engine { get; }

    public DurableTaskClient Client { get; }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<BareEngine> StartAsync(
        string directory,
        DurableFunctions functions,
        SessionLimits? limits = null,
        Action<IServiceCollection>? configure = null,
        Action<CommitPoint>? reached = null
    )
    {
        var services = new ServiceCollection();
        configure?.Invoke(services);
        var store = DurableStore.Open(directory, reached);
        var started = new BareEngine(
            store,
            functions,
            EngineLimits.Default with
            {
                Sessions = limits ?? SessionLimits.Default,
            },
            services.BuildServiceProvider(),
            TimeProvider.System
        );
        await started.Engine.StartAsync(CancellationToken.None);
        return started;
    }

    /// <summary>Starts an instance and waits for its end.</summary>
    public async Task<OrchestrationMetadata> RunAsync(string name, object? input = null) =>
        await CompletionAsync(await Client.ScheduleNewOrchestrationInstanceAsync(name, input, Cancelled));

    public async Task<OrchestrationMetadata> CompletionAsync(string id)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(RunningHost.Deadline);
        return await Client.WaitForInstanceCompletionAsync(id, true, deadline.Token);
    }

    /// <summary>Stops as a killed process does.</summary>
    public async Task AbandonAsync()
    {
        await Engine.AbandonAsync();
        await _services.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.StopAsync(CancellationToken.None);
        await Engine.DisposeAsync();
        await _services.DisposeAsync();
    }
}
