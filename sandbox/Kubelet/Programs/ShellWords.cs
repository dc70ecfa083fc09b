using System.Text;
using System.Text.RegularExpressions;

namespace MeshPort.Sandbox.Kubelet.Programs;

/// <summary>Expands raw words of the shell: quotes, variables, command substitution, and the split into fields.</summary>
internal static partial class ShellWords
{
    public static bool IsAssignment(string word) => Assignment().IsMatch(word);

    /// <param name="substitute">Runs a script and gives its output.</param>
    public static async Task<IReadOnlyList<string>> ExpandAsync(string word, Invocation call, Func<string, Task<byte[]>> substitute)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var exists = false; // an empty quoted text is a field, an empty variable is none
        for (var index = 0; index < word.Length; )
        {
            var part = word.Substring(index, Length(word, index));
            index += part.Length;
            switch (part[0])
            {
                case '\'':
                    Add(part[1..^1]);
                    break;
                case '"':
                    Add(await UnquoteAsync(part[1..^1], call, substitute));
                    break;
                case '\\' when part.Length > 1:
                    Add(part[1..]);
                    break;
                case '$' when part.Length > 1:
                    Split(await ValueAsync(part, call, substitute));
                    break;
                default:
                    Add(part);
                    break;
            }
        }

        if (exists)
        {
            fields.Add(field.ToString());
        }

        return fields;

        void Add(string text)
        {
            field.Append(text);
            exists = true;
        }

        void Split(string text)
        {
            var isAssigned = IsAssignment(field.ToString());
            foreach (var (number, piece) in (isAssigned ? [text] : text.Split([' ', '\t', '\n'])).Index())
            {
                if (number > 0 && exists)
                {
                    fields.Add(field.ToString());
                    field.Clear();
                    exists = false;
                }

                if (piece.Length > 0)
                {
                    Add(piece);
                }
            }
        }
    }

    private static async Task<string> UnquoteAsync(string text, Invocation call, Func<string, Task<byte[]>> substitute)
    {
        var whole = new StringBuilder();
        for (var index = 0; index < text.Length; )
        {
            var part = text[index] is '$' or '\\' ? text.Substring(index, Length(text, index)) : text[index..(index + 1)];
            index += part.Length;
            whole.Append(
                part switch
                {
                    ['$', _, ..] => await ValueAsync(part, call, substitute),
                    ['\\', '$' or '"' or '\\' or '`'] => part[1..],
                    _ => part,
                }
            );
        }

        return whole.ToString();
    }

    private static async Task<string> ValueAsync(string part, Invocation call, Func<string, Task<byte[]>> substitute) =>
        part switch
        {
            ['$', '(', ..] => Encoding.UTF8.GetString(await substitute(part[2..^1])).TrimEnd('\n'),
            "$?" => $"{call.Shell.Last}",
            "$$" => "1",
            _ => call.Shell.Variables.GetValueOrDefault(part[1..].Trim('{', '}'), ""),
        };

    private static int Length(string word, int index) =>
        word[index] == '$' && Variable().Match(word, index) is { Success: true } variable
            ? variable.Length
            : ShellSyntax.LengthOfPart(word, index);

    [GeneratedRegex(@"\G\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*\}|[?$])")]
    private static partial Regex Variable();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*=")]
    private static partial Regex Assignment();
}
