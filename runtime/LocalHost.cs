using System.Text.Json;
using MeshPort.Runtime.Contract.DurableTask.Client;
using MeshPort.Runtime.Contract.DurableTask.Converters;
using MeshPort.Runtime.Durable;
using MeshPort.Runtime.Durable.Client;
using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Invocation;
using MeshPort.Runtime.Triggers;
using MeshPort.Runtime.Triggers.Http;
using MeshPort.Runtime.Triggers.Timers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshPort.Runtime;

/// <summary>Runs the functions of one assembly on this machine: HTTP on loopback, durable orchestrations on SQLite, timers.</summary>
public sealed class LocalHost : IAsyncDisposable
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(10);

    private readonly WebApplication _application;
    private readonly DurableStore _store;
    private bool _disposed;

    private LocalHost(WebApplication application, DurableStore store)
    {
        _application = application;
        _store = store;
        Address = new Uri(application.Urls.First().TrimEnd('/') + "/");
        Services.GetRequiredService<LocalDurableTaskClient>().HostAddress = Address;
    }

    /// <summary>Where HTTP is served, for example http://127.0.0.1:7071/.</summary>
    public Uri Address { get; }

    /// <summary>The application's services, <c>DurableTaskClient</c> among them.</summary>
    public IServiceProvider Services => _application.Services;

    /// <summary>Starts; returns when HTTP is served and the durable engine runs.</summary>
    /// <exception cref="InvalidOperationException">A function is declared wrongly, the port is in use, or the data directory is; the message names it.</exception>
    public static async Task<LocalHost> StartAsync(LocalHostOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var functions = FunctionCatalog.Find(options.Functions);
        var store = DurableStore.Open(options.DataDirectory);
        WebApplication? application = null;
        try
        {
            application = Build(options, functions, store);
            await application.StartAsync(cancellationToken);
            return new LocalHost(application, store);
        }
        catch (Exception exception)
        {
            await StopAsync(application, store);
            if (exception is IOException { InnerException: AddressInUseException })
            {
                throw new InvalidOperationException($"port {options.Port} on 127.0.0.1 is in use by {PortHolder.Describe(options.Port)}; stop that, or choose another port", exception);
            }

            throw;
        }
    }

    /// <summary>Completes when the process is asked to stop (SIGINT, SIGTERM) or the token is cancelled.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _application.WaitForShutdownAsync(cancellationToken);

    /// <summary>Stops within 10 s; activities that have not ended by then run again at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            await StopAsync(_application, _store);
        }
    }

    /// <summary>Stops as a killed process would: whatever is not on disk now is lost.</summary>
    internal async Task AbandonAsync()
    {
        _disposed = true;
        await Services.GetRequiredService<DurableEngine>().AbandonAsync();
        await _application.DisposeAsync();
    }

    private static WebApplication Build(LocalHostOptions options, IReadOnlyList<FunctionEntry> functions, DurableStore store)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddJsonFile(Path.Combine(AppContext.BaseDirectory, "host.json"), optional: true, reloadOnChange: false);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, options.Port));
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole();
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // what stops the start is thrown to the caller

        var services = builder.Services;
        services.AddMvcCore();
        services.Configure<RouteOptions>(routing => routing.SetParameterPolicy<RegexInlineRouteConstraint>("regex"));
        services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        services.Configure<JsonSerializerOptions>(json => json.PropertyNameCaseInsensitive = true); // functions-api A5
        services.AddSingleton(options.TimeProvider);
        options.Configure?.Invoke(builder);

        // After the application's own services: hosted services start in order, and HTTP is served last of all.
        services.AddSingleton(functions);
        services.AddSingleton(provider => new JsonDataConverter(provider.GetRequiredService<IOptions<JsonSerializerOptions>>().Value));
        services.AddSingleton(provider => CreateEngine(provider, functions, store, options.TimeProvider));
        services.AddSingleton(provider =>
            new LocalDurableTaskClient(provider.GetRequiredService<DurableEngine>(), provider.GetRequiredService<JsonDataConverter>(), options.TimeProvider));
        services.AddSingleton<DurableTaskClient>(provider => provider.GetRequiredService<LocalDurableTaskClient>());
        services.AddSingleton(new ScheduleStatuses(store));
        services.AddHostedService(provider => provider.GetRequiredService<DurableEngine>());
        services.AddHostedService<TimerTriggers>();

        var application = builder.Build();
        HttpTriggers.Map(
            application,
            functions,
            application.Configuration["extensions:http:routePrefix"] ?? "api",
            application.Services.GetRequiredService<ILoggerFactory>().CreateLogger("MeshPort.Runtime.Triggers.Http"));
        ManagementApi.Map(application);
        return application;
    }

    private static DurableEngine CreateEngine(IServiceProvider provider, IReadOnlyList<FunctionEntry> functions, DurableStore store, TimeProvider time)
    {
        var converter = provider.GetRequiredService<JsonDataConverter>();
        return new DurableEngine(
            store,
            DurableTriggers.Create(functions, converter),
            provider.GetRequiredService<IServiceScopeFactory>(),
            converter,
            provider.GetRequiredService<ILoggerFactory>(),
            time);
    }

    private static async Task StopAsync(WebApplication? application, DurableStore store)
    {
        if (application is not null)
        {
            using var deadline = new CancellationTokenSource(ShutdownTimeout);
            await application.StopAsync(deadline.Token);
            await application.DisposeAsync();
        }

        await store.DisposeAsync();
    }
}
