using MeshPort.Runtime;
using MeshPort.Sandbox;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace MeshPort.Host.Hosting;

/// <summary>A simulated Azure and the functions that work against it, on one clock, in one directory.</summary>
internal sealed class SandboxedMeshPort : IAsyncDisposable
{
    private SandboxedMeshPort(AzureSandbox sandbox, LocalHost functions)
    {
        Sandbox = sandbox;
        Functions = functions;
    }

    public AzureSandbox Sandbox { get; }

    public LocalHost Functions { get; }

    /// <param name="stateFile">Keeps the simulated world; null forgets it at the end.</param>
    /// <param name="port">Of the functions; 0 takes a free one.</param>
    /// <param name="settings">What the functions read, but for which Azure.</param>
    public static async Task<SandboxedMeshPort> StartAsync(
        string dataDirectory,
        string? stateFile,
        int port,
        double timeScale,
        IConfiguration settings,
        Action<ILoggingBuilder> log,
        CancellationToken cancellationToken
    )
    {
        var options = new SandboxOptions { TimeScale = timeScale, StateFile = stateFile };
        var sandbox = await StartupException.ClassifyErrorsAsync(
            "The sandbox",
            () => AzureSandbox.StartAsync(options, cancellationToken),
            cancellationToken
        );
        try
        {
            var both = new ConfigurationBuilder()
                .AddConfiguration(settings)
                .AddConfiguration(MeshPortSettings.For(sandbox))
                .Build()
                .With(MeshPortSettings.DataDirectory, dataDirectory);
            return new SandboxedMeshPort(
                sandbox,
                await FunctionsHost.StartAsync(dataDirectory, port, sandbox.Clock, both, log, cancellationToken)
            );
        }
        catch
        {
            await sandbox.DisposeAsync();
            throw;
        }
    }

    /// <summary>First those who ask, then those who answer.</summary>
    public async ValueTask DisposeAsync()
    {
        await Functions.DisposeAsync();
        await Sandbox.DisposeAsync();
    }
}
