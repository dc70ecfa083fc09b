using System.Text;

namespace MeshPort.Sandbox.Kubelet.Programs;

/// <param name="Stream">1: output, 2: errors, 0: input.</param>
/// <param name="Target">A raw word; null sends errors to the output (<c>2&gt;&amp;1</c>).</param>
internal sealed record Redirection(int Stream, bool Appends, string? Target);

/// <summary>A simple command. Its words are raw: quotes and variables are still in them.</summary>
internal sealed record ShellCommand(IReadOnlyList<string> Words, IReadOnlyList<Redirection> Redirections);

/// <param name="Before">What connects it to the previous pipeline: <c>;</c>, <c>&amp;&amp;</c> or <c>||</c>.</param>
internal sealed record ShellPipeline(string Before, IReadOnlyList<ShellCommand> Commands);

/// <summary>Text that the shell cannot parse, or that the sandbox does not simulate.</summary>
internal sealed class ShellSyntaxException(string message) : Exception(message);

/// <summary>
/// Parses the part of the shell's language that the sandbox simulates: lists, pipelines, redirections, quotes (POSIX.1-2017,
/// XCU chapter 2).
/// </summary>
internal static class ShellSyntax
{
    private static readonly string[] Operators = ["2>&1", "2>>", "2>", "&&", "||", ">>", ">", "<", "|", ";", "\n", "&", "(", ")"];

    private static readonly HashSet<string> Reserved =
    [
        .. "if then elif else fi for while until do done case esac in { } ! ( ) &".Split(' '),
    ];

    /// <exception cref="ShellSyntaxException">The script is invalid or not simulated.</exception>
    public static IReadOnlyList<ShellPipeline> Parse(string script)
    {
        var pipelines = new List<ShellPipeline>();
        var (commands, words, redirections, before) = (new List<ShellCommand>(), new List<string>(), new List<Redirection>(), ";");
        var tokens = Tokens(script);
        for (var index = 0; index < tokens.Count; index++)
        {
            switch (tokens[index])
            {
                case (true, "|"):
                    EndCommand(mustExist: true);
                    break;
                case (true, ";" or "\n" or "&&" or "||") end:
                    EndPipeline(mustExist: end.Text is "&&" or "||" or ";");
                    before = end.Text == "\n" ? ";" : end.Text;
                    break;
                case (true, "2>&1"):
                    redirections.Add(new Redirection(2, false, null));
                    break;
                case (true, ">" or ">>" or "<" or "2>" or "2>>") into:
                    if (index + 1 == tokens.Count || tokens[index + 1].IsOperator)
                    {
                        throw new ShellSyntaxException("syntax error: unexpected end of file (expecting a word)");
                    }

                    redirections.Add(
                        new Redirection(
                            into.Text[0] switch
                            {
                                '<' => 0,
                                '2' => 2,
                                _ => 1,
                            },
                            into.Text.EndsWith(">>", StringComparison.Ordinal),
                            tokens[++index].Text
                        )
                    );
                    break;
                case var other when other.IsOperator || (words.Count == 0 && Reserved.Contains(other.Text)):
                    throw new ShellSyntaxException($"the sandbox does not simulate '{other.Text}'");
                case var (_, word):
                    words.Add(word);
                    break;
            }
        }

        EndPipeline(mustExist: before is "&&" or "||");
        return pipelines;

        void EndCommand(bool mustExist)
        {
            if (words.Count > 0 || redirections.Count > 0)
            {
                commands.Add(new ShellCommand([.. words], [.. redirections]));
                words.Clear();
                redirections.Clear();
            }
            else if (mustExist)
            {
                throw new ShellSyntaxException("syntax error: a command is missing");
            }
        }

        void EndPipeline(bool mustExist)
        {
            EndCommand(mustExist: mustExist || commands.Count > 0);
            if (commands.Count > 0)
            {
                pipelines.Add(new ShellPipeline(before, [.. commands]));
                commands.Clear();
            }
        }
    }

    private static List<(bool IsOperator, string Text)> Tokens(string script)
    {
        var tokens = new List<(bool, string)>();
        var word = new StringBuilder();
        for (var index = 0; index < script.Length; )
        {
            var letter = script[index];
            if (
                Operators.FirstOrDefault(known =>
                    (word.Length == 0 || known[0] != '2') && string.CompareOrdinal(script, index, known, 0, known.Length) == 0
                ) is
                { } found
            )
            {
                EndWord();
                tokens.Add((true, found));
                index += found.Length;
            }
            else if (letter is ' ' or '\t' or '\r')
            {
                EndWord();
                index++;
            }
            else if (letter == '#' && word.Length == 0)
            {
                index = script.IndexOf('\n', index) is >= 0 and var end ? end : script.Length;
            }
            else
            {
                var length = LengthOfPart(script, index);
                word.Append(script, index, length);
                index += length;
            }
        }

        EndWord();
        return tokens;

        void EndWord()
        {
            if (word.Length > 0)
            {
                tokens.Add((false, word.ToString()));
                word.Clear();
            }
        }
    }

    /// <summary>The length of a quoted text, a command substitution, an escaped letter or one letter.</summary>
    public static int LengthOfPart(string text, int start)
    {
        var end = text[start] switch
        {
            '\'' => text.IndexOf('\'', start + 1),
            '"' => EndOfQuotes(text, start + 1),
            '\\' => Math.Min(start + 1, text.Length - 1),
            '$' when start + 1 < text.Length && text[start + 1] == '(' => EndOfSubstitution(text, start + 2),
            _ => start,
        };
        return end < 0 ? throw new ShellSyntaxException("syntax error: unterminated quoted string") : end - start + 1;
    }

    private static int EndOfQuotes(string text, int start)
    {
        for (var index = start; index < text.Length; index++)
        {
            if (text[index] == '"')
            {
                return index;
            }

            index +=
                text[index] == '\\' ? 1
                : text[index] == '$' ? LengthOfPart(text, index) - 1
                : 0;
        }

        return -1;
    }

    private static int EndOfSubstitution(string text, int start)
    {
        for (var index = start; index < text.Length; index += LengthOfPart(text, index))
        {
            if (text[index] == ')')
            {
                return index;
            }
        }

        return -1;
    }
}
