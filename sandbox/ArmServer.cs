using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.EventGrid;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.ResourceManager.Authorization;
using MeshPort.Sandbox.ResourceManager.Compute;
using MeshPort.Sandbox.ResourceManager.KeyVault;
using MeshPort.Sandbox.ResourceManager.ManagedClusters;
using MeshPort.Sandbox.ResourceManager.Network;
using MeshPort.Sandbox.ResourceManager.Subscriptions;
using MeshPort.Sandbox.ResourceManager.Throttling;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.Sandbox;

/// <summary>Azure Resource Manager and Entra on one loopback port over HTTPS, and the worker that completes due operations.</summary>
internal sealed class ArmServer(
    SandboxWorld world,
    IClusterFleet fleet,
    ArmOperations operations,
    FeatureRegistrations features,
    Application application,
    SandboxEvents events,
    SandboxOptions options
) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private WebApplication? _app;
    private Task _worker = Task.CompletedTask;

    public int Port { get; private set; }

    /// <param name="port">0 takes the port from the state file if it is free, otherwise any free port.</param>
    /// <exception cref="InvalidOperationException">The requested port is in use.</exception>
    public async Task StartAsync(int port, CancellationToken cancellationToken)
    {
        var remembered = port == 0 ? world.Store.Get("arm", "port")?.Number("number") ?? 0 : port;
        if (!await TryListenAsync(remembered, cancellationToken) && (port != 0 || !await TryListenAsync(0, cancellationToken)))
        {
            throw new InvalidOperationException(
                $"Azure Resource Manager cannot listen on 127.0.0.1:{remembered}: the port is in use. Choose another, or 0 for a free one."
            );
        }

        world.Store.Put("arm", "port", new JsonObject { ["number"] = Port });
        _worker = operations.RunAsync(_stopping.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _worker.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_app is not null)
        {
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
        }

        _stopping.Dispose();
        if (_worker.Exception is { } defect)
        {
            throw defect; // operations did not end any more
        }
    }

    private async Task<bool> TryListenAsync(int port, CancellationToken cancellationToken)
    {
        var app = Build(port);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException) // Kestrel throws this when the port is taken
        {
            await app.DisposeAsync();
            return false;
        }

        _app = app;
        Port = new Uri(app.Urls.First()).Port;
        return true;
    }

    private WebApplication Build(int port)
    {
        // Empty, so that neither settings files nor environment variables of the host change this server.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder
            .WebHost.UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = 4 * 1024 * 1024; // ARM's own limit
                kestrel.Listen(
                    IPAddress.Loopback,
                    port,
                    listen =>
                    {
                        listen.Protocols = HttpProtocols.Http1AndHttp2;
                        listen.UseHttps(
                            new HttpsConnectionAdapterOptions
                            {
                                ServerCertificate = world.Certificates.IssueServer(["localhost"], [IPAddress.Loopback]),
                            }
                        );
                    }
                );
            });
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));

        var app = builder.Build();
        var errors = new EntraErrors(world.Ids, TimeProvider.System);
        app.Use(
            (http, next) =>
            {
                if (http.Request.Path.Value is { } path && path.Contains("//", StringComparison.Ordinal)) // SDKs double it before a scope
                {
                    http.Request.Path = "/" + string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries));
                }

                return next(http);
            }
        );
        var gate = new ArmGate(world, application, options.Throttling ? new Throttle(world.Clock) : null);
        var (faults, entraFaults) = (new ArmFaults(world), new EntraFaults(world, errors));
        app.UseWhen(
            http => !AuthorityMetadata.Owns(http.Request.Path) && !http.Request.Path.StartsWithSegments(EndpointConsent.Path),
            arm => arm.Use((http, next) => gate.InvokeAsync(http, () => faults.InvokeAsync(http, () => next(http))))
        );
        app.UseWhen(
            http => http.Request.Path.Value!.Contains("/oauth2/", StringComparison.Ordinal),
            entra => entra.Use((http, next) => entraFaults.InvokeAsync(http, () => next(http)))
        ); // a request always has a path
        app.UseRouting();
        new TokenEndpoint(application, world.Tokens, errors).Map(app);
        CloudMetadata.Map(app);
        new AuthorityMetadata(world.Tokens).Map(app);
        new ManagedIdentityEndpoint(application, world.Tokens, TimeProvider.System).Map(app);
        events.Consent.Map(app);
        MapResourceManager(new ArmRoutes(app, operations.Gate, new RealTraffic(options.Quirks, features), events.Resources));
        return app;
    }

    private void MapResourceManager(ArmRoutes routes)
    {
        var resources = new ResourceStore(world);
        var registrations = new ProviderRegistrations(world);
        new OperationAnswers(operations).Map(routes);
        new SubscriptionApi(world).Map(routes);
        new ProviderApi(registrations).Map(routes);
        new FeatureApi(features).Map(routes);
        new ResourceGroupApi(resources, operations, fleet, events.Resources).Map(routes);
        new VirtualNetworkApi(resources, operations, registrations).Map(routes);
        new SecurityGroupApi(resources, operations, registrations).Map(routes);
        var nodeGroups = new NodeGroupNetwork(world, resources, fleet.Services);
        new ReadOnlyNetworkApi(resources, nodeGroups).Map(routes);
        new PublicAddressApi(world, resources, operations, registrations, nodeGroups).Map(routes);
        new PublicPrefixApi(world, resources, operations, registrations).Map(routes);
        new RouteTableApi(resources, operations, registrations).Map(routes);
        new NatGatewayApi(resources, operations, registrations).Map(routes);
        new NetworkDetailApi(resources, nodeGroups).Map(routes);
        new ComputeApi(resources).Map(routes);
        new ReadOnlyResourceApi(resources, NodeGroupResources.ScaleSetType).Map(routes);
        new ReadOnlyResourceApi(resources, IdentityApi.Type).Map(routes);
        new IdentityApi(resources, registrations).Map(routes);
        new VaultApi(resources, registrations).Map(routes);
        new ResourceListApi(resources, nodeGroups).Map(routes);
        new MeshRevisionApi(registrations).Map(routes);
        MapManagedClusters(routes, resources, registrations);
        new EventSubscriptionApi(events.Subscriptions, resources, operations, registrations, events.Consent).Map(routes);
        new RoleAssignmentApi(new RoleAssignmentStore(world), resources, application).Map(routes);
        new RoleDefinitionApi().Map(routes);
        new SystemTopicApi(events.Subscriptions, resources, registrations).Map(routes);
        new UnknownPaths().Map(routes);
    }

    private void MapManagedClusters(ArmRoutes routes, ResourceStore resources, ProviderRegistrations registrations)
    {
        var clusters = new ClusterOperations(operations, events.Rolling);
        new ClusterOperationCompletion(resources, operations, fleet).Register();
        new ManagedClusterApi(resources, clusters, registrations, new FeatureGates(world)).Map(routes);
        new ClusterPowerApi(resources, clusters).Map(routes);
        new AgentPoolApi(resources, clusters).Map(routes);
        new UpgradeProfileApi(resources).Map(routes);
        new KubernetesVersionApi().Map(routes);
        new LocationApi().Map(routes);
        new TrustedAccessApi(resources, clusters).Map(routes);
        new MachineApi(resources).Map(routes);
        new MaintenanceApi(resources, world.Clock).Map(routes);
        new ClusterDetailApi(resources).Map(routes);
        new MeshUpgradeApi(resources).Map(routes);
        new ClusterOperationApi(resources, operations, world.Clock).Map(routes);
        new CredentialApi(resources, fleet).Map(routes);
    }
}
