using System.Text.Json;
using Azure.Core;
using Azure.Core.Serialization;
using MeshPort.Runtime.Durable;
using MeshPort.Runtime.Durable.Client;
using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Invocation;
using MeshPort.Runtime.Queues;
using MeshPort.Runtime.Triggers;
using MeshPort.Runtime.Triggers.EventGrid;
using MeshPort.Runtime.Triggers.Http;
using MeshPort.Runtime.Triggers.Queues;
using MeshPort.Runtime.Triggers.Timers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshPort.Runtime;

/// <summary>Builds a host. The constructor checks functions and settings before it opens anything.</summary>
internal sealed class LocalHostBuilding
{
    /// <summary>
    /// Settings count at start only. A watcher of the application's folder would cost a thread and one of the few inotify instances that a
    /// user of this machine may have.
    /// </summary>
    private const string WithoutFileWatchers = "--hostBuilder:reloadConfigOnChange=false";

    private readonly LocalHostOptions _options;
    private readonly WebApplicationBuilder _builder;
    private readonly IReadOnlyList<FunctionEntry> _functions;
    private readonly HttpLimits _limits;
    private readonly string _routePrefix;

    /// <exception cref="InvalidOperationException">Functions or settings are wrong. The message lists all errors.</exception>
    public LocalHostBuilding(LocalHostOptions options)
    {
        _options = options;
        _builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = [WithoutFileWatchers] }
        );
        _builder.Configuration.AddJsonFile(Path.Combine(AppContext.BaseDirectory, "host.json"), optional: true, reloadOnChange: false);
        AddPlatform();
        options.Configure?.Invoke(_builder);

        // After the application's own registrations: its services and its configuration take precedence.
        _routePrefix = _builder.Configuration["extensions:http:routePrefix"] ?? "api";
        var problems = new StartProblems();
        _limits = problems.Try(() => HttpLimits.From(_builder.Configuration));
        var listen = problems.Try(() => ListenAddress.From(_builder.Configuration));
        var timeout = problems.Try(() => FunctionTimeout.From(_builder.Configuration));
        var engine = problems.Try(() => EngineLimits.From(_builder.Configuration));
        var queues = problems.Try(() =>
            QueueOptions.From(
                _builder.Configuration.GetSection("extensions:queues"),
                string.Equals(
                    _builder.Configuration["AZURE_FUNCTIONS_ENVIRONMENT"],
                    Environments.Development,
                    StringComparison.OrdinalIgnoreCase
                )
            )
        );
        var credential = _builder.Services.Any(service => service.ServiceType == typeof(TokenCredential))
            ? DelegatedTokenCredential.Create((_, _) => default)
            : null; // the service provider does not exist yet
        _functions = problems.Try(() =>
            FunctionCatalog.Find(
                options.Functions,
                new Declarations(_builder.Configuration, _routePrefix, credential).Check,
                entries => HttpRoute.Clashes(entries, _routePrefix)
            )
        );
        problems.ThrowIfAny();
        _builder.Services.AddSingleton(_limits).AddSingleton(listen).AddSingleton(timeout).AddSingleton(engine).AddSingleton(queues);
    }

    public WebApplication Build(DurableStore store)
    {
        // Hosted services start in this order, and HTTP starts last. They stop in reverse order, after WorkIntake has drained.
        AddEngine(store);
        AddTriggers(store);
        var application = _builder.Build();
        var services = application.Services;
        application.Use(services.GetRequiredService<HttpIntake>().RunAsync);
        application.Use(ManagementPath.DecodeAsync);
        services.GetRequiredService<HttpTriggers>().Map(application, _routePrefix);
        services.GetRequiredService<EventGridWebhook>().Map(application);
        services.GetRequiredService<EmbeddedQueues>().MapTo(application);
        ManagementApi.Map(application, services.GetRequiredService<FunctionKey>());
        return application;
    }

    private void AddPlatform()
    {
        _builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(kestrel.ApplicationServices.GetRequiredService<ListenAddress>().Value, _options.Port);
            kestrel.Limits.MaxRequestBodySize = _limits.MaxBodySize;
            kestrel.Limits.RequestHeadersTimeout = HttpLimits.HeadersTimeout;
            kestrel.Limits.KeepAliveTimeout = HttpLimits.KeepAliveTimeout;
        });
        _builder.Logging.ClearProviders();
        _builder.Logging.AddSimpleConsole();
        _builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning);
        // The caller gets start errors as exceptions.
        _builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);

        var services = _builder.Services;
        services.AddMvcCore();
        services.Configure<RouteOptions>(routing => routing.SetParameterPolicy<RegexInlineRouteConstraint>("regex"));
        services.Configure<HostOptions>(host => host.ShutdownTimeout = LocalHost.ShutdownTimeout);
        services.Configure<JsonSerializerOptions>(json => json.PropertyNameCaseInsensitive = true); // functions-api A5
        services
            .AddOptions<WorkerOptions>()
            .Configure<IOptions<JsonSerializerOptions>>((worker, json) => worker.Serializer = new JsonObjectSerializer(json.Value));
        services.AddSingleton(_options.TimeProvider);
    }

    private void AddEngine(DurableStore store)
    {
        var services = _builder.Services;
        services.AddSingleton(_functions);
        services.AddSingleton(provider => new JsonDataConverter(provider.GetRequiredService<IOptions<JsonSerializerOptions>>().Value));
        services.AddSingleton(provider => new DurableEngine(
            store,
            DurableTriggers.Create(
                _functions,
                provider.GetRequiredService<JsonDataConverter>(),
                provider.GetRequiredService<FunctionTimeout>()
            ),
            provider.GetRequiredService<IServiceScopeFactory>(),
            provider.GetRequiredService<JsonDataConverter>(),
            provider.GetRequiredService<EngineLimits>(),
            provider.GetRequiredService<ILoggerFactory>(),
            _options.TimeProvider
        ));
        services.AddSingleton(provider => new LocalDurableTaskClient(
            provider.GetRequiredService<DurableEngine>(),
            provider.GetRequiredService<JsonDataConverter>(),
            _options.TimeProvider
        ));
        services.AddSingleton<DurableTaskClient>(provider => provider.GetRequiredService<LocalDurableTaskClient>());
        services.AddHostedService(provider => provider.GetRequiredService<DurableEngine>());
    }

    private void AddTriggers(DurableStore store)
    {
        var services = _builder.Services;
        services.AddSingleton(new ScheduleStatuses(store));
        services.AddSingleton(provider => new EmbeddedQueues(
            store.DatabasePath,
            _options.TimeProvider,
            provider.GetRequiredService<ILogger<EmbeddedQueues>>()
        ));
        services.AddSingleton<QueueConnections>().AddSingleton<QueueTriggers>();
        services.AddSingleton<FunctionOutputs>().AddSingleton<FunctionRunner>();
        services
            .AddSingleton<FunctionKey>()
            .AddSingleton<CheckStatus>()
            .AddSingleton<HttpIntake>()
            .AddSingleton<BodyBinding>()
            .AddSingleton<HttpTriggers>()
            .AddSingleton<EventGridWebhook>();
        services.AddSingleton<TimerTriggers>().AddHostedService(provider => provider.GetRequiredService<TimerTriggers>());
        services.AddHostedService<WorkIntake>();
    }
}
