using System.Buffers;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Telemetry;

/// <summary>
/// The name under which a request is found again, in its answer, the history, logs and traces: what the caller gives as <c>x-ms-correlation-request-id</c> or
/// <c>x-correlation-id</c>, else its trace (W3C <c>traceparent</c>), else a new one. A name that is too long or has odd characters is as good as none.
/// </summary>
internal sealed class Correlation(ILogger<Correlation> logger) : IStartupFilter
{
    /// <summary>Of the answer; Azure Resource Manager's name for it.</summary>
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

    /// <summary>From here on what is logged and the current span bear the name, until the scope ends.</summary>
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
            http.Response.Headers[Header] = id; // at the last moment: an answer that fails begins anew, without the headers that it had
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
