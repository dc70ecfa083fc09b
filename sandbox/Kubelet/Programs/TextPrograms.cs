using System.Globalization;
using System.Text;

namespace MeshPort.Sandbox.Kubelet.Programs;

/// <summary>Programs that read and write text.</summary>
internal static class TextPrograms
{
    public static Task<int> EchoAsync(Invocation call)
    {
        var options = call.Arguments.TakeWhile(argument => argument is "-n" or "-e" or "-ne" or "-en").ToArray();
        var text = string.Join(' ', call.Arguments.Skip(options.Length));
        if (options.Any(option => option.Contains('e', StringComparison.Ordinal)))
        {
            text = text.Replace(@"\n", "\n", StringComparison.Ordinal).Replace(@"\t", "\t", StringComparison.Ordinal);
        }

        return call.SayAsync(options.Any(option => option.Contains('n', StringComparison.Ordinal)) ? text : $"{text}\n");
    }

    public static async Task<int> CatAsync(Invocation call)
    {
        var code = 0;
        foreach (var name in call.Operands.DefaultIfEmpty("-"))
        {
            if (name == "-")
            {
                await call.Input.CopyToAsync(call.Output, call.Cancelled);
            }
            else if (Read(call, name) is { } content)
            {
                await call.Output.WriteAsync(content, call.Cancelled);
            }
            else
            {
                code = await call.FailAsync(Missing(call, name));
            }
        }

        return code;
    }

    public static Task<int> HeadAsync(Invocation call) => PartAsync(call, isHead: true);

    /// <summary><c>tail -c +N</c> starts at byte N: kubectl resumes a copy with it.</summary>
    public static Task<int> TailAsync(Invocation call) => PartAsync(call, isHead: false);

    public static async Task<int> CountAsync(Invocation call)
    {
        if (await InputAsync(call, call.Operands) is not { } content)
        {
            return 1;
        }

        var text = Encoding.UTF8.GetString(content);
        var (lines, words) = (
            text.Count(letter => letter == '\n'),
            text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length
        );
        var counts = call.Letters switch
        {
            "l" => $"{lines}",
            "w" => $"{words}",
            "c" => $"{content.Length}",
            _ => $"{lines, 7} {words, 9} {content.Length, 9}",
        };
        return await call.SayAsync($"{counts}{string.Concat(call.Operands.Select(name => $" {name}"))}\n");
    }

    /// <summary>Lines that contain a text. Regular expressions are not simulated.</summary>
    public static async Task<int> GrepAsync(Invocation call)
    {
        if (call.Operands.ToArray() is not [var wanted, .. var files])
        {
            return await call.FailAsync("no pattern is given", 2);
        }

        if (await InputAsync(call, files) is not { } content)
        {
            return 2;
        }

        var inverted = call.Letters.Contains('v', StringComparison.Ordinal);
        var found = Lines(content).Where(line => line.Contains(wanted, StringComparison.Ordinal) != inverted).ToArray();
        await call.SayAsync(call.Letters.Contains('q', StringComparison.Ordinal) ? "" : string.Concat(found));
        return found.Length > 0 ? 0 : 1;
    }

    private static async Task<int> PartAsync(Invocation call, bool isHead)
    {
        var (unit, asked, files) = ("n", "10", new List<string>());
        for (var index = 0; index < call.Arguments.Count; index++)
        {
            var argument = call.Arguments[index];
            if (argument is "-n" or "-c" && index + 1 < call.Arguments.Count)
            {
                (unit, asked) = (argument.TrimStart('-'), call.Arguments[++index]);
            }
            else if (argument is ['-', 'n' or 'c', .. var attached])
            {
                (unit, asked) = (argument[1..2], attached);
            }
            else if (argument is ['-', >= '0' and <= '9', ..])
            {
                asked = argument[1..];
            }
            else
            {
                files.Add(argument);
            }
        }

        if (!long.TryParse(asked.TrimStart('+'), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return await call.FailAsync($"invalid number '{asked}'");
        }

        if (await InputAsync(call, files) is not { } content)
        {
            return 1;
        }

        var count = (int)Math.Min(number, int.MaxValue);
        var skipped = asked.StartsWith('+') && !isHead ? Math.Max(count - 1, 0) : (int?)null;
        await call.Output.WriteAsync(
            unit == "c"
                ? isHead
                    ? content.AsMemory(0, Math.Min(count, content.Length))
                    : content.AsMemory(Start(content.Length))
                : Encoding.UTF8.GetBytes(
                    string.Concat(Lines(content) is var lines && isHead ? lines.Take(count) : lines.Skip(Start(lines.Count)))
                ),
            call.Cancelled
        );
        return 0;

        int Start(int length) => Math.Min(skipped ?? Math.Max(length - count, 0), length);
    }

    /// <summary>The contents of the files, or standard input without any. Null after an error message.</summary>
    private static async Task<byte[]?> InputAsync(Invocation call, IReadOnlyList<string> files)
    {
        if (files.Count == 0)
        {
            return await call.ReadAllAsync();
        }

        var all = new List<byte>();
        foreach (var name in files)
        {
            if (Read(call, name) is not { } content)
            {
                await call.FailAsync(Missing(call, name));
                return null;
            }

            all.AddRange(content);
        }

        return [.. all];
    }

    private static byte[]? Read(Invocation call, string name) => call.Container.Files.Find(call.Path(name))?.Content;

    private static string Missing(Invocation call, string name) =>
        call.Container.Files.Find(call.Path(name)) is null
            ? $"can't open '{name}': No such file or directory"
            : $"read error: Is a directory";

    private static List<string> Lines(byte[] content)
    {
        var (text, lines) = (Encoding.UTF8.GetString(content), new List<string>());
        for (var start = 0; start < text.Length; )
        {
            var end = text.IndexOf('\n', start) is >= 0 and var newline ? newline + 1 : text.Length;
            lines.Add(text[start..end]);
            start = end;
        }

        return lines;
    }
}
