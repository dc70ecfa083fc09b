using System.Diagnostics;

namespace MeshPort.Telemetry;

/// <summary>
/// MeshPort's own spans, and what it adds to those it runs in. Requests, functions and orchestrations are the runtime's spans, calls of Azure and of API servers those of their
/// clients; a probe is a bare socket and has none but this.
/// </summary>
internal static class Spans
{
    public const string SourceName = "MeshPort";

    /// <summary>Of a convergence that serves many requests: enough to find them, and few enough to be sent.</summary>
    private const int MostLinks = 100;

    /// <summary>As much of a <c>tracestate</c> as everybody must pass on (W3C Trace Context, 3.3.1.5).</summary>
    private const int LongestState = 512;
    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>The span that the caller is in: its W3C <c>traceparent</c>, and behind a space its <c>tracestate</c>, where it has one.</summary>
    public static string? Current =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: var id, TraceStateString: var state }
            ? state is { Length: > 0 and <= LongestState }
                ? $"{id} {state}"
                : id
            : null;

    /// <summary>Whether somebody keeps the span that the caller is in, so that it is worth describing.</summary>
    public static bool IsKept => Activity.Current?.IsAllDataRequested == true;

    public static Activity? Probe(string address, int port) =>
        Source.StartActivity(
            "probe",
            ActivityKind.Client,
            default(ActivityContext),
            [new("server.address", address), new("server.port", port), new("network.transport", "tcp")]
        );

    /// <param name="result">The reason of the condition.</param>
    public static void End(this Activity? probe, string result, bool isGood)
    {
        probe?.SetTag("meshport.result", result);
        if (!isGood)
        {
            probe?.SetTag("error.type", result).SetStatus(ActivityStatusCode.Error);
        }
    }

    /// <summary>Tells of which cluster the span is that the caller is in, and links it with the requests that it works for.</summary>
    /// <param name="requests">Their spans, as <see cref="Current"/> was there.</param>
    public static void Describe(string cluster, IReadOnlyCollection<string> requests)
    {
        var span = Activity.Current?.SetTag("meshport.cluster", cluster).SetTag("meshport.requests", requests.Count);
        foreach (var request in requests.Take(MostLinks))
        {
            var parts = request.Split(' ', 2);
            if (ActivityContext.TryParse(parts[0], parts.ElementAtOrDefault(1), isRemote: true, out var context))
            {
                span?.AddLink(new ActivityLink(context));
            }
        }
    }
}
