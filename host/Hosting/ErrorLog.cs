using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace MeshPort.Host.Hosting;

/// <summary>Sends logs to stderr, so that stdout contains only the command's output.</summary>
internal static class ErrorLog
{
    public static void Verbose(ILoggingBuilder logging) => Configure(logging, LogLevel.Information);

    public static void Quiet(ILoggingBuilder logging) => Configure(logging, LogLevel.Error);

    private static void Configure(ILoggingBuilder logging, LogLevel meshPortLevel)
    {
        logging.AddSimpleConsole(format =>
        {
            format.SingleLine = true;
            format.TimestampFormat = "HH:mm:ss.fff ";
            format.UseUtcTimestamp = true;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.AddFilter("", meshPortLevel > LogLevel.Warning ? meshPortLevel : LogLevel.Warning);
        logging.AddFilter("MeshPort", meshPortLevel);
    }
}
