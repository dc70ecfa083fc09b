using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Tests.Killed;

/// <summary>The child process: starts or continues the chain, and reports on standard output.</summary>
internal static class ChainWorker
{
    public const string Argument = "--chain-worker";
    private const string Id = "chain";

    public static async Task<int> RunAsync(string directory)
    {
        await using var host = await LocalHost.StartAsync(
            new LocalHostOptions
            {
                Functions = new FunctionAssembly(typeof(ChainWorker).Namespace ?? ""),
                DataDirectory = directory,
                Configure = builder =>
                {
                    builder.Logging.ClearProviders();
                    builder.Services.AddSingleton(new ChainFile(Path.Combine(directory, "effects")));
                },
            },
            CancellationToken.None
        );
        var client = host.Services.GetRequiredService<DurableTaskClient>();
        if (await client.GetInstanceAsync(Id, CancellationToken.None) is null)
        {
            await client.ScheduleNewOrchestrationInstanceAsync(
                nameof(ChainFunctions.LongChain),
                null,
                new StartOrchestrationOptions(Id),
                CancellationToken.None
            );
        }

        var done = await client.WaitForInstanceCompletionAsync(Id, true, CancellationToken.None);
        Console.WriteLine($"finished {done.RuntimeStatus} {done.SerializedOutput}");
        return 0;
    }
}
