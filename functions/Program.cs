using Azure.Monitor.OpenTelemetry.Exporter;
using MeshPort.Arm;
using MeshPort.State;
using MeshPort.Telemetry;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;

namespace MeshPort;

/// <summary>The worker process of Azure Functions. <c>meshport serve</c> runs the same functions without it.</summary>
internal static class Program
{
    private static async Task Main(string[] args)
    {
        var builder = FunctionsApplication.CreateBuilder(args);
        builder.ConfigureFunctionsWebApplication();
        builder.AddMeshPort(StateStores.Tables); // instances share the table; their disks are temporary
        if (builder.Configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"] is { Length: > 0 })
        {
            AddApplicationInsights(builder);
        }

        await builder.Build().RunAsync();
    }

    private static void AddApplicationInsights(FunctionsApplicationBuilder builder)
    {
        // The correlation id is a scope.
        builder.Logging.AddOpenTelemetry(log => (log.IncludeScopes, log.IncludeFormattedMessage) = (true, true));
        var telemetry = builder.Services.AddOpenTelemetry();
        telemetry.UseFunctionsWorkerDefaults(); // host.json's telemetryMode is the host's half of it
        telemetry
            .WithTracing(traces => traces.AddSource(Spans.SourceName, "System.Net.Http"))
            .WithMetrics(metrics => metrics.AddMeter(Instruments.Meters))
            .UseAzureMonitorExporter(to =>
            {
                to.Credential = AzureClients.CreateCredential(AzureOptions.From(builder.Configuration)); // infra/ turns keys off
                to.EnableTraceBasedLogsSampler = false; // it drops the logs of traces that are not sampled; MeshPort keeps all logs
            });
    }
}
