using System.Text.RegularExpressions;

namespace MeshPort.Validation;

/// <summary>A rule for a text. The JSON Schema of the environment format shows the part that a schema can express.</summary>
/// <param name="Problem">Returns the error, or null for a valid text.</param>
internal sealed record TextRule(Func<string, string?> Problem)
{
    /// <summary>A regular expression of ECMA-262 that every valid text matches; null without one.</summary>
    public string? Pattern { get; init; }

    public int? Shortest { get; init; }

    public int? Longest { get; init; }

    /// <param name="rule">Without options.</param>
    /// <param name="problem">The error of a text that does not match.</param>
    public static TextRule Of(Regex rule, Func<string, string> problem, int? longest = null) =>
        new(text => text.Length <= (longest ?? int.MaxValue) && rule.IsMatch(text) ? null : problem(text))
        {
            Pattern = rule.Options.HasFlag(RegexOptions.IgnoreCase) ? null : rule.ToString().Replace(@"\z", "$", StringComparison.Ordinal),
            Longest = longest,
        };

    public static TextRule OfLength(int shortest, int longest, string problem) =>
        new(text => text.Length >= shortest && text.Length <= longest ? null : problem)
        {
            Shortest = shortest > 0 ? shortest : null,
            Longest = longest,
        };
}
