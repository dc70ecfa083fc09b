using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace MeshPort.Host.Hosting;

/// <summary>Logs go to stderr, so that stdout has only what a person or a script asked for.</summary>
internal static class ErrorLog
{
    public static void Verbose(ILoggingBuilder logging) => Configure(logging, LogLevel.Information);

    public static void Quiet(ILoggingBuilder logging) => Configure(logging, LogLevel.Error);

    private static void Configure(ILoggingBuilder logging, LogLevel ours)
    {
        logging.AddSimpleConsole(format =>
        {
            format.SingleLine = true;
            format.TimestampFormat = "HH:mm:ss.fff ";
            format.UseUtcTimestamp = true;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.AddFilter("", ours > LogLevel.Warning ? ours : LogLevel.Warning);
        logging.AddFilter("MeshPort", ours);
    }
}
