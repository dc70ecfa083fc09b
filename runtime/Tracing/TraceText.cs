using System.Diagnostics;

namespace MeshPort.Runtime.Tracing;

/// <summary>A span as stored in histories: its W3C <c>traceparent</c>, then a space and its <c>tracestate</c> if it has one.</summary>
internal static class TraceText
{
    /// <summary>
    /// The length that every implementation must propagate (W3C Trace Context, 3.3.1.5). A longer state is dropped: the caller chooses it,
    /// and every step stores it.
    /// </summary>
    private const int LongestState = 512;

    /// <returns>Null without a span.</returns>
    public static string? Of(Activity? span) =>
        span is { IdFormat: ActivityIdFormat.W3C, Id: { } id }
            ? span.TraceStateString is { Length: > 0 and <= LongestState } state
                ? $"{id} {state}"
                : id
            : null;

    /// <returns>The default context if the text is not a span.</returns>
    public static ActivityContext Parse(string? text)
    {
        var end = text?.IndexOf(' ', StringComparison.Ordinal) ?? -1;
        ActivityContext.TryParse(end < 0 ? text : text?[..end], end < 0 ? null : text?[(end + 1)..], isRemote: true, out var context);
        return context;
    }
}
