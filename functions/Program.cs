#if AZURE
using Azure.Monitor.OpenTelemetry.Exporter;
using MeshPort;
using MeshPort.Arm;
using MeshPort.State;
using MeshPort.Telemetry;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.AddMeshPort(StateStores.Tables); // instances share it, and forget their disks
if (builder.Configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"] is { Length: > 0 })
{
    builder.Logging.AddOpenTelemetry(log => (log.IncludeScopes, log.IncludeFormattedMessage) = (true, true)); // the correlation id is a scope
    var telemetry = builder.Services.AddOpenTelemetry();
    telemetry.UseFunctionsWorkerDefaults(); // host.json's telemetryMode is the host's half of it
    telemetry
        .WithTracing(traces => traces.AddSource(Spans.SourceName, "System.Net.Http"))
        .WithMetrics(metrics => metrics.AddMeter(Instruments.MeterName, "Microsoft.AspNetCore.Hosting", "System.Net.Http", "System.Runtime"))
        .UseAzureMonitorExporter(to =>
        {
            to.Credential = AzureClients.CreateCredential(AzureOptions.From(builder.Configuration)); // infra/ switches keys off
            to.EnableTraceBasedLogsSampler = false; // it keeps some of the traces; what is logged is kept whole
        });
}

await builder.Build().RunAsync();
#endif
