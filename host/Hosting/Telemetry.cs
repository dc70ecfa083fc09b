using Azure.Monitor.OpenTelemetry.Exporter;
using MeshPort.Runtime;
using MeshPort.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace MeshPort.Host.Hosting;

/// <summary>
/// Exports traces, metrics and logs to the destinations of the standard settings (docs/telemetry.md). Without such a setting, nothing is
/// loaded or collected.
/// </summary>
internal static class Telemetry
{
    private const string ServiceName = "meshport";
    private const string Collector = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ApplicationInsights = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    public static void AddTo(IHostApplicationBuilder builder)
    {
        var toCollector = !string.IsNullOrEmpty(builder.Configuration[Collector]);
        var toInsights = !string.IsNullOrEmpty(builder.Configuration[ApplicationInsights]);
        if (toCollector && !Uri.TryCreate(builder.Configuration[Collector], UriKind.Absolute, out _))
        {
            throw new StartupException(
                $"MeshPort cannot start: The setting {Collector} is '{builder.Configuration[Collector]}'; "
                    + "write an address such as http://127.0.0.1:4317."
            );
        }

        if (toCollector || toInsights)
        {
            Add(builder, toCollector, toInsights ? builder.Configuration[ApplicationInsights] : null);
        }
    }

    private static void Add(IHostApplicationBuilder builder, bool toCollector, string? insights)
    {
        // .NET 10 omits the attributes of request spans by default; later versions add them.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        builder.Logging.AddOpenTelemetry(log => (log.IncludeScopes, log.IncludeFormattedMessage) = (true, true));
        var telemetry = builder
            .Services.AddOpenTelemetry()
            .ConfigureResource(resource =>
                resource
                    .AddService(ServiceName, serviceVersion: typeof(Telemetry).Assembly.GetName().Version?.ToString(3))
                    .AddEnvironmentVariableDetector()
            )
            .WithTracing(traces =>
                traces
                    .SetSampler(new ParentBasedSampler(new RootSampler()))
                    .AddSource(Spans.SourceName, LocalHost.TraceSource, "Microsoft.AspNetCore", "System.Net.Http")
            )
            .WithMetrics(metrics => metrics.AddMeter(Instruments.Meters))
            .WithLogging();
        if (toCollector)
        {
            telemetry.UseOtlpExporter();
        }

        if (insights is not null)
        {
            builder.Services.ConfigureOpenTelemetryTracerProvider(traces =>
                traces.AddAzureMonitorTraceExporter(to => to.ConnectionString = insights)
            );
            builder.Services.ConfigureOpenTelemetryMeterProvider(metrics =>
                metrics.AddAzureMonitorMetricExporter(to => to.ConnectionString = insights)
            );
            builder.Services.ConfigureOpenTelemetryLoggerProvider(logs =>
                logs.AddAzureMonitorLogExporter(to => to.ConnectionString = insights)
            );
        }
    }
}
