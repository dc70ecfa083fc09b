using Azure.Core;
using MeshPort.Access;
using MeshPort.Api;
using MeshPort.Arm;
using MeshPort.Convergence;
using MeshPort.Discovery;
using MeshPort.Events;
using MeshPort.Firewall;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.ManagedClusters;
using MeshPort.Ports;
using MeshPort.Proof;
using MeshPort.State;
using MeshPort.Telemetry;
using MeshPort.Validation;
using MeshPort.WebConsole;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MeshPort;

/// <summary>All registrations, for the worker of Azure Functions and for <c>meshport</c>.</summary>
public static class MeshPortServices
{
    /// <summary>The setting that names the directory of the state file.</summary>
    public const string DataDirectory = StateStores.DataDirectory;

    /// <param name="state">Where state is kept unless <c>MeshPort:State</c> says otherwise.</param>
    /// <exception cref="InvalidOperationException">A setting is missing or wrong; the message names it.</exception>
    public static IHostApplicationBuilder AddMeshPort(this IHostApplicationBuilder builder, string state = StateStores.Sqlite)
    {
        UnknownSettings.Refuse(builder.Configuration);
        var options = AzureOptions.From(builder.Configuration);
        EgressAddresses.From(builder.Configuration); // a wrong setting ends the start
        var store = StateStores.From(builder.Configuration, state);

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<TokenCredential>(_ => AzureClients.CreateCredential(options));
        builder.Services.AddSingleton(services => AzureClients.CreateArmClient(options, services.GetRequiredService<TokenCredential>()));
        builder.Services.AddSingleton<ClusterConnections>();
        builder.Services.AddSingleton(services => store(services.GetRequiredService<TokenCredential>()));
        builder.Services.AddSingleton(Limits.From(builder.Configuration));
        builder.Services.AddSingleton<WriterLocks>();
        builder.Services.AddSingleton<ClusterStore>().AddSingleton<ClusterRemoval>();
        builder.Services.AddSingleton<ExposureStore>().AddSingleton<ExposureRequests>().AddSingleton<ExposureRemoval>();
        builder.Services.AddSingleton<FleetReader>();
        builder.Services.AddSingleton<StatusStore>();
        builder.Services.AddSingleton<Operations>();
        builder.Services.AddSingleton<Rejections>();
        builder
            .Services.AddSingleton<ClusterDryRun>()
            .AddSingleton<ExposureDryRun>()
            .AddSingleton<ClusterAddressesDryRun>()
            .AddSingleton<ClusterExposuresDryRun>()
            .AddSingleton<AdoptableReader>();
        builder
            .Services.AddSingleton<RequestLinks>()
            .AddSingleton<ClusterObserver>()
            .AddSingleton<PassExposures>()
            .AddSingleton<SecretsProviderAddOn>()
            .AddSingleton<ExposureSteps>()
            .AddSingleton<PortPlans>()
            .AddSingleton<SubnetFirewall>()
            .AddSingleton<ReachabilityProbe>()
            .AddSingleton<ProbeTrail>()
            .AddSingleton<ServiceDiscovery>();
        builder.Services.AddSingleton(Resync.From(builder.Configuration));
        builder.Services.AddSingleton(options);
        var access = AccessOptions.From(builder.Configuration, options);
        builder.Services.AddSingleton(access);
        builder.Services.AddSingleton(PublicAddress.From(builder.Configuration));
        builder.Services.ConfigureHttpJsonOptions(http => MeshPortJson.Configure(http.SerializerOptions)); // problem details
        builder
            .Services.AddSingleton<ApiEndpoint>()
            .AddSingleton<RequestAuthorizer>()
            .AddSingleton<EntraTokenCheck>()
            .AddSingleton<EventSenderCheck>()
            .AddSingleton<CallerLimits>()
            .AddSingleton<ExposureScope>();
        builder.Services.AddSingleton(ConsoleOptions.From(builder.Configuration, access));
        builder
            .Services.AddSingleton<PageRenderer>()
            .AddSingleton<ClusterPages>()
            .AddSingleton<ExposurePages>()
            .AddSingleton<RecentReads>();
        builder.Services.AddSingleton<OwnIdentity>();
        builder.Services.AddSingleton<RecentEvents>();
        builder.Services.AddSingleton<EventReceiver>();
        builder.Services.AddSingleton<Installation>();
        builder.Services.AddSingleton<IStartupFilter, Correlation>();
        builder.Services.AddSingleton<IPortStrategy, ManagedServiceStrategy>();
        builder.Services.AddSingleton<IPortStrategy, CompanionServiceStrategy>();
        builder.Services.AddSingleton<IPortStrategy, GatewayApiStrategy>();
        return builder;
    }
}
