using Azure.Core;
using MeshPort.Arm;
using MeshPort.Exposures.Strategies;
using MeshPort.Kubernetes;
using MeshPort.State;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MeshPort;

/// <summary>All registrations, used by both builds.</summary>
public static class MeshPortServices
{
    /// <summary>The setting that names the directory of the state file.</summary>
    public const string DataDirectory = "MeshPort:DataDirectory";

    /// <exception cref="InvalidOperationException">A setting is missing or wrong; the message names it.</exception>
    public static IHostApplicationBuilder AddMeshPort(this IHostApplicationBuilder builder)
    {
        var options = AzureOptions.From(builder.Configuration);
        var directory = builder.Configuration[DataDirectory]
            ?? throw new InvalidOperationException($"The setting {DataDirectory} is missing; write the directory that keeps MeshPort's state.");
        Directory.CreateDirectory(directory);

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<TokenCredential>(_ => AzureClients.CreateCredential(options));
        builder.Services.AddSingleton(services => AzureClients.CreateArmClient(options, services.GetRequiredService<TokenCredential>()));
        builder.Services.AddSingleton<ClusterConnections>();
        builder.Services.AddSingleton<IStateStore>(_ => new SqliteStateStore(Path.Combine(directory, "meshport.db")));
        builder.Services.AddSingleton(Limits.From(builder.Configuration));
        builder.Services.AddSingleton<DesiredClusters>();
        builder.Services.AddSingleton<DesiredExposures>();
        builder.Services.AddSingleton<ConvergenceLog>();
        builder.Services.AddSingleton<Operations>();
        builder.Services.AddSingleton<Installation>();
        builder.Services.AddSingleton<IPortStrategy, ManagedServiceStrategy>();
        builder.Services.AddSingleton<IPortStrategy, CompanionServiceStrategy>();
        builder.Services.AddSingleton<IPortStrategy, GatewayApiStrategy>();
        return builder;
    }
}
