namespace MeshPort.EndToEnd.Tests.Telemetry;

/// <summary>A received span. Field numbers: opentelemetry-proto 1.x, trace.proto.</summary>
internal sealed record SentSpan(
    string Source,
    string Trace,
    string Id,
    string Parent,
    string Name,
    IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyList<string> Links
)
{
    public static IEnumerable<SentSpan> Read(ProtobufMessage request) =>
        from resource in request.Messages(1)
        from scope in resource.Messages(2)
        from span in scope.Messages(2)
        select new SentSpan(
            scope.Message(1).Text(1),
            span.Hex(1),
            span.Hex(2),
            span.Hex(4),
            span.Text(5),
            SentAttributes.Read(span, 9),
            [.. span.Messages(13).Select(link => link.Hex(1))]
        );
}

/// <summary>A received point of a metric: metrics.proto.</summary>
/// <param name="Value">The value, or the sum of a histogram.</param>
/// <param name="Count">The count of a histogram; otherwise 1.</param>
internal sealed record SentPoint(
    string Meter,
    string Name,
    string Unit,
    IReadOnlyDictionary<string, string> Attributes,
    double Value,
    ulong Count
)
{
    private const int Gauge = 5;
    private const int Histogram = 9;

    public static IEnumerable<SentPoint> Read(ProtobufMessage request) =>
        from resource in request.Messages(1)
        from scope in resource.Messages(2)
        from metric in scope.Messages(2)
        from kind in (int[])[Gauge, 7, Histogram]
        from point in metric.Message(kind).Messages(1)
        select kind == Histogram
            ? new SentPoint(
                scope.Message(1).Text(1),
                metric.Text(1),
                metric.Text(3),
                SentAttributes.Read(point, 9),
                point.Number(5),
                point.Bits(4)
            )
            : new SentPoint(
                scope.Message(1).Text(1),
                metric.Text(1),
                metric.Text(3),
                SentAttributes.Read(point, 7),
                point.Has(4) ? point.Number(4) : (long)point.Bits(6),
                1
            );
}

/// <summary>A received log record with its scopes: logs.proto.</summary>
internal sealed record SentLine(string Category, string Body, IReadOnlyDictionary<string, string> Attributes, string Trace)
{
    public static IEnumerable<SentLine> Read(ProtobufMessage request) =>
        from resource in request.Messages(1)
        from scope in resource.Messages(2)
        from line in scope.Messages(2)
        select new SentLine(scope.Message(1).Text(1), line.Message(5).Text(1), SentAttributes.Read(line, 6), line.Hex(9));
}

internal static class SentAttributes
{
    /// <summary>Strings and integers: common.proto.</summary>
    public static IReadOnlyDictionary<string, string> Read(ProtobufMessage message, int number) =>
        message
            .Messages(number)
            .GroupBy(attribute => attribute.Text(1), StringComparer.Ordinal)
            .ToDictionary(
                same => same.Key,
                same => same.Last().Message(2) is var value && value.Has(1) ? value.Text(1) : $"{value.Bits(3)}",
                StringComparer.Ordinal
            );
}
