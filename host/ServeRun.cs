using MeshPort.Host.Commands;
using MeshPort.Host.Contexts;
using MeshPort.Host.Hosting;
using MeshPort.Host.Simulation;
using MeshPort.Runtime;
using Microsoft.Extensions.Logging;

namespace MeshPort.Host;

/// <summary>One run of <c>serve</c>: start, print the address, wait, stop in order.</summary>
internal sealed record ServeRun
{
    public required bool Sandbox { get; init; }

    /// <summary>Null means the directory of the settings, or the user's local data folder.</summary>
    public required string? Data { get; init; }

    public required FileInfo? Settings { get; init; }

    public required int Port { get; init; }

    public required double? TimeScale { get; init; }

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var settings = MeshPortSettings.FromEnvironment(Settings);
        using var directory = DataDirectory.Open(Data ?? settings[MeshPortSettings.DataDirectory] ?? DataDirectory.Default(Sandbox));
        using var file = new LogFile(directory.Path);
        void Log(ILoggingBuilder logging)
        {
            ErrorLog.Verbose(logging);
            logging.AddProvider(file);
        }

        if (Sandbox)
        {
            await using var both = await SandboxedMeshPort.StartAsync(
                directory.Path,
                Path.Combine(directory.Path, "sandbox.db"),
                Port,
                TimeScale ?? TimeScaleOption.Default,
                settings,
                Log,
                cancellationToken
            );
            using var kubeconfigs = new SandboxDirectory(directory.Path).KeepKubeconfigs(both.Sandbox, _ => { });
            return await ServeAsync(
                both.Functions,
                directory.Path,
                $"{directory.Path}; simulated Azure at {both.Sandbox.ResourceManagerEndpoint}, time x{both.Sandbox.Clock.Scale:0.##}",
                cancellationToken
            );
        }

        var time = KeptClock.Open(directory.Path, TimeScale);
        await using var functions = await FunctionsHost.StartAsync(
            directory.Path,
            Port,
            time,
            settings.With(MeshPortSettings.DataDirectory, directory.Path),
            Log,
            cancellationToken
        );
        return await ServeAsync(functions, directory.Path, directory.Path, cancellationToken);
    }

    private async Task<int> ServeAsync(LocalHost functions, string directory, string details, CancellationToken cancellationToken)
    {
        ServeFile.Write(directory, functions.Address, Sandbox, Settings?.FullName);
        Console.WriteLine($"MeshPort is ready at {functions.Address} (data in {details})");
        Console.WriteLine($"The console is at {OpenCommand.Address(functions.Address)}");
        await functions.WaitForShutdownAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ServeFile.Delete(directory);
        return ExitCodes.Success;
    }
}
