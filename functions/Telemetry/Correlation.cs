using System.Buffers;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Telemetry;

/// <summary>
/// The correlation id of a request, in its answer, the history, logs and traces. It comes from the header
/// <c>x-ms-correlation-request-id</c> or <c>x-correlation-id</c>, else from the trace (W3C <c>traceparent</c>), else it is new. MeshPort
/// ignores an id that is too long or has other characters than letters, digits, '-', '_' and '.'.
/// </summary>
internal sealed class Correlation(ILogger<Correlation> logger) : IStartupFilter
{
    /// <summary>The header of the answer, as Azure Resource Manager names it.</summary>
    public const string Header = "x-ms-correlation-request-id";
    private const string Tag = "meshport.correlation_id";
    private const string OtherHeader = "x-correlation-id";
    private const int Longest = 64;
    private static readonly SearchValues<char> Allowed = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
    );
    private static readonly object Key = new();
    private static readonly Func<ILogger, string, IDisposable?> Scope = LoggerMessage.DefineScope<string>("Correlation {CorrelationId}");

    public static string Of(HttpContext http)
    {
        if (http.Items[Key] is not string id)
        {
            id = Given(http, Header) ?? Given(http, OtherHeader) ?? Activity.Current?.TraceId.ToHexString() ?? Guid.NewGuid().ToString();
            http.Items[Key] = id;
        }

        return id;
    }

    /// <summary>Adds the id to the current span, and to all log entries until the scope ends.</summary>
    public static IDisposable? Begin(ILogger logger, string id)
    {
        Activity.Current?.SetTag(Tag, id);
        return Scope(logger, id);
    }

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
        application =>
        {
            application.UseWhen(
                http => http.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase),
                api => api.Use(RunAsync)
            );
            next(application);
        };

    private async Task RunAsync(HttpContext http, RequestDelegate next)
    {
        var id = Of(http);
        http.Response.OnStarting(() =>
        {
            http.Response.Headers[Header] = id; // late, because an answer that fails starts again without headers
            return Task.CompletedTask;
        });
        using (Begin(logger, id))
        {
            await next(http);
        }
    }

    private static string? Given(HttpContext http, string header) =>
        http.Request.Headers[header] is [{ Length: > 0 and <= Longest } id] && !id.AsSpan().ContainsAnyExcept(Allowed) ? id : null;
}
