using System.Globalization;
using System.Text.RegularExpressions;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>Durations as Go writes them: <c>1h30m</c>, <c>2.5s</c>, <c>300ms</c>.</summary>
internal static partial class Durations
{
    public static TimeSpan? Parse(string? text)
    {
        if (text is null || !Whole().IsMatch(text))
        {
            return null;
        }

        return TimeSpan.FromMilliseconds(
            Part()
                .Matches(text)
                .Sum(part =>
                    double.Parse(part.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
                    * part.Groups[2].Value switch
                    {
                        "h" => 3_600_000,
                        "m" => 60_000,
                        "s" => 1000,
                        _ => 1,
                    }
                )
        );
    }

    [GeneratedRegex(@"^(\d+(\.\d+)?(h|ms|m|s))+$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"(\d+(?:\.\d+)?)(h|ms|m|s)")]
    private static partial Regex Part();
}
