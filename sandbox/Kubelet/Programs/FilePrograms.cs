using System.Globalization;

namespace MeshPort.Sandbox.Kubelet.Programs;

/// <summary>Programs that work on files.</summary>
internal static class FilePrograms
{
    public static async Task<int> ListAsync(Invocation call)
    {
        var code = 0;
        var operands = call.Operands.DefaultIfEmpty(".").ToArray();
        foreach (var name in operands)
        {
            var path = call.Path(name);
            if (call.Container.Files.Find(path) is not { } entry)
            {
                code = await call.FailAsync($"{name}: No such file or directory");
                continue;
            }

            if (!entry.IsDirectory)
            {
                await call.SayAsync(Line(call, name, entry));
                continue;
            }

            var listed = call
                .Container.Files.List(path)
                .Where(inside => call.Letters.Contains('a', StringComparison.Ordinal) || !FileTree.NameOf(inside.Key).StartsWith('.'));
            await call.SayAsync(
                (operands.Length > 1 ? $"{name}:\n" : "")
                    + string.Concat(listed.Select(inside => Line(call, FileTree.NameOf(inside.Key), inside.Value)))
            );
        }

        return code;
    }

    public static Task<int> DirectoryAsync(Invocation call) => call.SayAsync($"{call.Shell.Directory}\n");

    public static async Task<int> ChangeDirectoryAsync(Invocation call)
    {
        var name = call.Operands.Count > 0 ? call.Operands[0] : call.Shell.Variables.GetValueOrDefault("HOME", "/");
        if (call.Container.Files.Find(call.Path(name)) is not { IsDirectory: true })
        {
            return await call.FailAsync($"can't cd to {name}: No such file or directory", 2);
        }

        call.Shell.Directory = call.Path(name);
        return 0;
    }

    public static async Task<int> MakeDirectoryAsync(Invocation call)
    {
        var withParents = call.Letters.Contains('p', StringComparison.Ordinal);
        var code = 0;
        foreach (var name in call.Operands)
        {
            var problem =
                !withParents && call.Container.Files.Find(call.Path(name)) is not null
                    ? "File exists"
                    : call.Container.Files.MakeDirectory(call.Path(name), withParents);
            code = problem is null ? code : await call.FailAsync($"can't create directory '{name}': {problem}");
        }

        return code;
    }

    public static async Task<int> RemoveAsync(Invocation call)
    {
        var (isForced, isRecursive) = (
            call.Letters.Contains('f', StringComparison.Ordinal),
            call.Letters.ToLowerInvariant().Contains('r', StringComparison.Ordinal)
        );
        var code = 0;
        foreach (var name in call.Operands)
        {
            var entry = call.Container.Files.Find(call.Path(name));
            if (entry is null)
            {
                code = isForced ? code : await call.FailAsync($"can't remove '{name}': No such file or directory");
            }
            else if (entry.IsDirectory && !isRecursive)
            {
                code = await call.FailAsync($"'{name}' is a directory");
            }
            else
            {
                call.Container.Files.Remove(call.Path(name));
            }
        }

        return code;
    }

    public static async Task<int> TouchAsync(Invocation call)
    {
        var code = 0;
        foreach (var name in call.Operands)
        {
            var problem = call.Container.Files.Find(call.Path(name)) switch
            {
                { IsDirectory: true } => null,
                { Content: { } content, Mode: var mode } => call.Container.Files.Write(call.Path(name), content, mode),
                _ => call.Container.Files.Write(call.Path(name), []),
            };
            code = problem is null ? code : await call.FailAsync($"{name}: {problem}");
        }

        return code;
    }

    /// <summary><c>test</c> and <c>[</c>, with at most one operator and a negation.</summary>
    public static async Task<int> TestAsync(Invocation call)
    {
        var words = call.Arguments.ToList();
        if (call.Name == "[")
        {
            if (words.LastOrDefault() != "]")
            {
                return await call.FailAsync("missing ]", 2);
            }

            words.RemoveAt(words.Count - 1);
        }

        var negated = words is ["!", ..];
        bool? holds = words[(negated ? 1 : 0)..] switch
        {
            [] => false,
            [var text] => text.Length > 0,
            ["-n", var text] => text.Length > 0,
            ["-z", var text] => text.Length == 0,
            ["-e", var path] => call.Container.Files.Find(call.Path(path)) is not null,
            ["-d", var path] => call.Container.Files.Find(call.Path(path)) is { IsDirectory: true },
            ["-f", var path] => call.Container.Files.Find(call.Path(path)) is { IsDirectory: false },
            ["-s", var path] => call.Container.Files.Find(call.Path(path)) is { Content.Length: > 0 },
            [var one, "=" or "==", var other] => one == other,
            [var one, "!=", var other] => one != other,
            [var one, var comparison, var other] => Compare(one, comparison, other),
            _ => null,
        };
        return holds is null ? await call.FailAsync($"{words[0]}: unknown operand", 2)
            : holds != negated ? 0
            : 1;
    }

    private static bool? Compare(string one, string comparison, string other) =>
        long.TryParse(one, CultureInfo.InvariantCulture, out var left) && long.TryParse(other, CultureInfo.InvariantCulture, out var right)
            ? comparison switch
            {
                "-eq" => left == right,
                "-ne" => left != right,
                "-lt" => left < right,
                "-le" => left <= right,
                "-gt" => left > right,
                "-ge" => left >= right,
                _ => null,
            }
            : null;

    private static string Line(Invocation call, string name, FileEntry entry)
    {
        if (!call.Letters.Contains('l', StringComparison.Ordinal))
        {
            return $"{name}\n";
        }

        var rights = string.Concat("rwxrwxrwx".Select((letter, index) => ((int)entry.Mode & (1 << (8 - index))) != 0 ? letter : '-'));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(entry.IsDirectory ? 'd' : '-')}{rights}    1 root     root     {entry.Content?.Length ?? 4096, 9} "
                + $"{entry.At:MMM} {entry.At.Day, 2} {entry.At:HH:mm} {name}\n"
        );
    }
}
