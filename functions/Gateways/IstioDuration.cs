using System.Globalization;
using System.Text.RegularExpressions;

namespace MeshPort.Gateways;

/// <summary>Durations in Istio's objects, in the notation of Go: <c>1h</c>, <c>1h0m0s</c> and <c>3600s</c> are the same.</summary>
internal static partial class IstioDuration
{
    /// <returns>Null when the text is no duration.</returns>
    public static TimeSpan? Parse(string? text) =>
        text is not null && Whole().IsMatch(text)
            ? TimeSpan.FromMilliseconds(
                Part()
                    .Matches(text)
                    .Sum(part => double.Parse(part.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * Unit(part.Groups[2].Value))
            )
            : null;

    /// <returns>The milliseconds of a unit.</returns>
    private static double Unit(string name) =>
        name switch
        {
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1000,
            "ms" => 1,
            "ns" => 0.000_001,
            _ => 0.001, // us, µs
        };

    [GeneratedRegex(@"^([0-9]+(\.[0-9]*)?(h|ms|us|µs|ns|m|s))+\z")]
    private static partial Regex Whole();

    [GeneratedRegex(@"([0-9]+(?:\.[0-9]*)?)(h|ms|us|µs|ns|m|s)")]
    private static partial Regex Part();
}
