using System.Diagnostics;

namespace MeshPort.Runtime.Tracing;

/// <summary>A span as it is kept in histories: its W3C <c>traceparent</c>, and behind a space its <c>tracestate</c>, where it has one.</summary>
internal static class TraceText
{
    /// <summary>As much as everybody must pass on (W3C Trace Context, 3.3.1.5); what is longer is left out, since it is the caller's to choose and is kept with every step.</summary>
    private const int LongestState = 512;

    /// <returns>Null outside of any span.</returns>
    public static string? Of(Activity? span) =>
        span is { IdFormat: ActivityIdFormat.W3C, Id: { } id }
            ? span.TraceStateString is { Length: > 0 and <= LongestState } state
                ? $"{id} {state}"
                : id
            : null;

    /// <returns>No context where the text is none.</returns>
    public static ActivityContext Parse(string? text)
    {
        var end = text?.IndexOf(' ', StringComparison.Ordinal) ?? -1;
        ActivityContext.TryParse(end < 0 ? text : text?[..end], end < 0 ? null : text?[(end + 1)..], isRemote: true, out var context);
        return context;
    }
}
