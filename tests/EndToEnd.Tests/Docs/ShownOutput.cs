using System.Text;
using System.Text.RegularExpressions;

namespace MeshPort.EndToEnd.Tests.Docs;

/// <summary>
/// The output that a document shows. A line <c>...</c> stands for any lines, and <c>...</c> within a line for any text. Loopback
/// addresses, ports of URLs, times and durations may have other values, and columns another width.
/// </summary>
internal static partial class ShownOutput
{
    private const string Any = "...";

    public static bool Matches(string shown, string actual)
    {
        var pattern = new StringBuilder(@"\A");
        foreach (var line in Stable(shown).TrimEnd('\n').Split('\n'))
        {
            pattern.Append(line == Any ? @"(?:.*\n)*?" : $@"{string.Join(".*", line.Split(Any).Select(Regex.Escape))}\n");
        }

        return Regex.IsMatch($"{Stable(actual).TrimEnd('\n')}\n", $@"{pattern}\z", RegexOptions.None, TimeSpan.FromSeconds(10));
    }

    /// <summary>The text of a line up to the first part that may differ.</summary>
    public static string Beginning(string line) => Unstable().Split(line)[0];

    private static string Stable(string text) =>
        Columns()
            .Replace(Varying().Replace(text.Replace("\r", "", StringComparison.Ordinal), "N"), " ")
            .Replace(" \n", "\n", StringComparison.Ordinal);

    [GeneratedRegex(
        @"\b127\.\d+\.\d+\.\d+(:\d+(?=/))?|\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?"
            + @"|\b(\d+ h )?(\d+ min )?\d+(\.\d+)? m?s\b|\b\d+ min\b"
    )]
    private static partial Regex Varying();

    [GeneratedRegex(@"\.\.\.|\d")]
    private static partial Regex Unstable();

    [GeneratedRegex("[ \t]+")]
    private static partial Regex Columns();
}
