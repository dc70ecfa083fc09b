using MeshPort.Runtime;
using MeshPort.Sandbox;
using MeshPort.Sandbox.World;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace MeshPort.Host.Hosting;

/// <summary>A simulated Azure and the functions that use it, with one clock and one directory.</summary>
internal sealed class SandboxedMeshPort : IAsyncDisposable
{
    private SandboxedMeshPort(AzureSandbox sandbox, LocalHost functions)
    {
        Sandbox = sandbox;
        Functions = functions;
    }

    public AzureSandbox Sandbox { get; }

    public LocalHost Functions { get; }

    /// <param name="stateFile">Stores the simulated Azure. Null keeps it in memory only.</param>
    /// <param name="port">The port of the functions. 0 selects a free one.</param>
    /// <param name="secrets">The certificates that gateways get; null for none.</param>
    /// <param name="namespaces">The namespaces that clusters have besides those of AKS; null for none.</param>
    /// <param name="vaults">The certificates in key vaults that clusters may read; null for none.</param>
    /// <param name="settings">The settings of the functions, without those that select Azure.</param>
    public static async Task<SandboxedMeshPort> StartAsync(
        string dataDirectory,
        string? stateFile,
        int port,
        double timeScale,
        IConfiguration settings,
        Action<ILoggingBuilder> log,
        CancellationToken cancellationToken,
        IReadOnlyList<GatewaySecret>? secrets = null,
        IReadOnlyList<VaultCertificate>? vaults = null,
        IReadOnlyList<string>? namespaces = null
    )
    {
        var options = new SandboxOptions
        {
            TimeScale = timeScale,
            StateFile = stateFile,
            GatewaySecrets = secrets ?? [],
            Namespaces = namespaces ?? [],
            GatewayVaults = vaults ?? [],
        };
        var sandbox = await StartupException.GuardAsync(
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

    /// <summary>Stops the functions before the sandbox, because they call it.</summary>
    public async ValueTask DisposeAsync()
    {
        await Functions.DisposeAsync();
        await Sandbox.DisposeAsync();
    }
}
