using System.Diagnostics;

namespace MeshPort.Telemetry;

/// <summary>
/// Creates MeshPort's own spans, and adds attributes and links to others. The runtime creates the spans of requests, functions and
/// orchestrations, and the clients those of calls to Azure and API servers. A probe uses a bare socket, so MeshPort creates its span.
/// </summary>
internal static class Spans
{
    public const string SourceName = "MeshPort";

    /// <summary>Links of a convergence that serves many requests: exporters limit the size of a span.</summary>
    private const int MostLinks = 100;

    /// <summary>The length of <c>tracestate</c> that every participant must propagate (W3C Trace Context, 3.3.1.5).</summary>
    private const int LongestState = 512;
    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>The current span: its W3C <c>traceparent</c>, followed by a space and <c>tracestate</c> if it has one.</summary>
    public static string? Current =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: var id, TraceStateString: var state }
            ? state is { Length: > 0 and <= LongestState }
                ? $"{id} {state}"
                : id
            : null;

    /// <summary>Whether a listener records the current span.</summary>
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

    /// <summary>Adds the cluster to the current span, and links it with the requests that it serves.</summary>
    /// <param name="requests">The spans of the requests, from <see cref="Current"/>.</param>
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
