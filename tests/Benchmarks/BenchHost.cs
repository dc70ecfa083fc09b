using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshPort.Benchmarks;

/// <summary>A host of <see cref="BenchFunctions"/>, in a temporary directory unless one is given.</summary>
internal sealed class BenchHost : IAsyncDisposable
{
    private readonly LocalHost _host;
    private readonly BenchDirectory? _own;

    private BenchHost(LocalHost host, BenchDirectory? own)
    {
        _host = host;
        _own = own;
        Client = host.Services.GetRequiredService<DurableTaskClient>();
    }

    public DurableTaskClient Client { get; }

    public static async Task<BenchHost> StartAsync(string? directory = null)
    {
        var own = directory is null ? new BenchDirectory() : null;
        var host = await LocalHost.StartAsync(
            new LocalHostOptions
            {
                Functions = typeof(BenchFunctions).Assembly,
                DataDirectory = own?.Path ?? directory ?? "",
                Configure = builder => builder.Logging.SetMinimumLevel(LogLevel.Error),
            },
            CancellationToken.None
        );
        return new BenchHost(host, own);
    }

    public Task<string> StartInstanceAsync(string name, object? input, string? id = null) =>
        Client.ScheduleNewOrchestrationInstanceAsync(name, input, new StartOrchestrationOptions { InstanceId = id });

    public async Task RunAsync(string name, object? input) => await CompletionAsync(await StartInstanceAsync(name, input));

    public async Task CompletionAsync(string id)
    {
        var end = await Client.WaitForInstanceCompletionAsync(id, true, CancellationToken.None);
        if (end.RuntimeStatus != OrchestrationRuntimeStatus.Completed)
        {
            throw new InvalidOperationException($"{id} ended as {end.RuntimeStatus}: {end.SerializedOutput}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _own?.Dispose();
    }
}

/// <summary>A temporary directory, deleted on disposal.</summary>
internal sealed class BenchDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("bench-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
