using System.Text.RegularExpressions;

namespace MeshPort.Sandbox.Kubernetes.Definitions.Cel;

internal enum CelTokenKind
{
    Name,
    Text,
    Number,
    Symbol,
    End,
}

internal readonly record struct CelToken(CelTokenKind Kind, string Value);

/// <summary>
/// Words, literals and operators of the Common Expression Language (https://github.com/google/cel-spec/blob/master/doc/langdef.md).
/// </summary>
internal static partial class CelLexer
{
    public static IReadOnlyList<CelToken> Read(string text)
    {
        var tokens = new List<CelToken>();
        var at = 0;
        while (at < text.Length)
        {
            var match = Token().Match(text, at);
            if (!match.Success || match.Index != at)
            {
                throw new NotSupportedException($"The CEL rule has unexpected text: {text[at..]}");
            }

            at += match.Length;
            if (match.Groups["raw"].Success)
            {
                tokens.Add(new CelToken(CelTokenKind.Text, match.Groups["raw"].Value));
            }
            else if (match.Groups["quoted"].Success)
            {
                tokens.Add(new CelToken(CelTokenKind.Text, Regex.Unescape(match.Groups["quoted"].Value)));
            }
            else if (match.Groups["number"].Success)
            {
                tokens.Add(new CelToken(CelTokenKind.Number, match.Value));
            }
            else if (match.Groups["name"].Success)
            {
                tokens.Add(new CelToken(match.Value == "in" ? CelTokenKind.Symbol : CelTokenKind.Name, Unescaped(match.Value)));
            }
            else if (match.Groups["symbol"].Success)
            {
                tokens.Add(new CelToken(CelTokenKind.Symbol, match.Value));
            }
        }

        tokens.Add(new CelToken(CelTokenKind.End, ""));
        return tokens;
    }

    /// <summary>Fields named like CEL keywords are written <c>__namespace__</c>.</summary>
    private static string Unescaped(string name) => name is ['_', '_', .., '_', '_'] ? name[2..^2] : name;

    [GeneratedRegex(
        """
            \s+
            |r\"{3}(?<raw>.*?)\"{3}
            |r\"(?<raw>[^\"]*)\" |r'(?<raw>[^']*)'
            |\"(?<quoted>(?:[^\"\\]|\\.)*)\" |'(?<quoted>(?:[^'\\]|\\.)*)'
            |(?<number>\d+)
            |(?<name>[A-Za-z_][A-Za-z0-9_]*)
            |(?<symbol>&&|\|\||==|!=|<=|>=|[-<>+!?:.,()\[\]])
            """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline
    )]
    private static partial Regex Token();
}
