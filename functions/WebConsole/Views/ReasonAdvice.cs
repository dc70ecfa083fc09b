using System.Text.RegularExpressions;

namespace MeshPort.WebConsole.Views;

/// <summary>The advice about a reason, from the table of docs/reasons.md, which the assembly embeds.</summary>
internal static partial class ReasonAdvice
{
    private const string Nothing = "-";

    private static readonly Dictionary<string, string> Known = Read();

    /// <returns>A sentence; null when there is nothing to do.</returns>
    public static string? Find(string reason) => Known.GetValueOrDefault(reason);

    private static Dictionary<string, string> Read()
    {
        using var stream =
            typeof(ReasonAdvice).Assembly.GetManifestResourceStream("reasons.md")
            ?? throw new InvalidOperationException("The assembly was built without reasons.md.");
        using var reader = new StreamReader(stream);
        return reader
            .ReadToEnd()
            .Split('\n')
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells is ["", _, _, not Nothing, ""] && Name().IsMatch(cells[1]))
            .SelectMany(cells => cells[1].Split(", ").Select(reason => (Reason: reason, Advice: Sentence(cells[3]))))
            .ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>Without Markdown, with a capital and a period.</summary>
    private static string Sentence(string cell)
    {
        var text = Link().Replace(cell, "$1").Replace("`", "", StringComparison.Ordinal);
        return $"{char.ToUpperInvariant(text[0])}{text[1..]}{(text.EndsWith('.') ? "" : ".")}";
    }

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex("^[A-Z][A-Za-z]+(, [A-Z][A-Za-z]+)*$")]
    private static partial Regex Name();
}
