using MeshPort.Runtime;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Logging;

namespace MeshPort.Host.Hosting;

/// <summary>Starts the function application on this machine.</summary>
internal static class FunctionsHost
{
    /// <param name="port">0 selects a free port.</param>
    /// <param name="settings">
    /// All settings of the functions and of telemetry. Environment variables apply only if they are part of it.
    /// </param>
    /// <param name="log">Configures the log of the functions.</param>
    public static Task<LocalHost> StartAsync(
        string dataDirectory,
        int port,
        TimeProvider time,
        IConfiguration settings,
        Action<ILoggingBuilder> log,
        CancellationToken cancellationToken
    )
    {
        var options = new LocalHostOptions
        {
            Functions = FunctionsApplication.Assembly,
            DataDirectory = dataDirectory,
            Port = port,
            TimeProvider = time,
            Configure = builder =>
            {
                foreach (var environment in builder.Configuration.Sources.OfType<EnvironmentVariablesConfigurationSource>().ToList())
                {
                    builder.Configuration.Sources.Remove(environment);
                }

                builder.Configuration.AddConfiguration(settings);
                builder.Logging.ClearProviders();
                log(builder.Logging);
                Telemetry.AddTo(builder);
                FunctionsApplication.AddServices(builder);
            },
        };
        return StartupException.GuardAsync("MeshPort", () => LocalHost.StartAsync(options, cancellationToken), cancellationToken);
    }
}
