using System.Formats.Tar;

namespace MeshPort.Sandbox.Kubelet.Programs;

/// <summary><c>tar</c> with <c>c</c>, <c>x</c>, <c>t</c>, <c>-f</c> and <c>-C</c>, as kubectl cp uses it.</summary>
internal static class TarProgram
{
    public static async Task<int> RunAsync(Invocation call)
    {
        var (letters, file, directory, names) = Parse(call.Arguments);
        directory = call.Path(directory);
        if (call.Container.Files.Find(directory) is not { IsDirectory: true })
        {
            return await call.FailAsync($"can't change directory to '{directory}': No such file or directory");
        }

        if (letters.Contains('c', StringComparison.Ordinal))
        {
            return await CreateAsync(call, file, directory, names);
        }

        if (!letters.Contains('x', StringComparison.Ordinal) && !letters.Contains('t', StringComparison.Ordinal))
        {
            return await call.FailAsync("must specify one of -c, -x or -t");
        }

        var archive = file == "-" ? await call.ReadAllAsync() : call.Container.Files.Find(call.Path(file))?.Content;
        if (archive is null)
        {
            return await call.FailAsync($"can't open '{file}': No such file or directory");
        }

        try
        {
            return await ExtractAsync(call, archive, directory, isList: letters.Contains('t', StringComparison.Ordinal));
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException)
        {
            return await call.FailAsync("invalid tar magic");
        }
    }

    private static (string Letters, string File, string Directory, List<string> Names) Parse(IReadOnlyList<string> arguments)
    {
        var (letters, file, directory, names) = ("", "-", ".", new List<string>());
        for (var index = 0; index < arguments.Count; index++)
        {
            var argument = arguments[index];
            if (argument.StartsWith("--", StringComparison.Ordinal))
            {
                continue; // owners and permissions, which this tar keeps anyway
            }

            if (!argument.StartsWith('-') && index > 0)
            {
                names.Add(argument);
                continue;
            }

            letters += argument.TrimStart('-');
            if (argument.EndsWith('f') && index + 1 < arguments.Count)
            {
                file = arguments[++index];
            }
            else if (argument == "-C" && index + 1 < arguments.Count)
            {
                directory = arguments[++index];
            }
        }

        return (letters, file, directory, names);
    }

    private static async Task<int> CreateAsync(Invocation call, string file, string directory, List<string> names)
    {
        var code = 0;
        using var archive = new MemoryStream();
        await using (var writer = new TarWriter(archive, TarEntryFormat.Gnu, leaveOpen: true))
        {
            foreach (var name in names)
            {
                var root = FileTree.Absolute(directory, name);
                if (call.Container.Files.Find(root) is null)
                {
                    code = await call.FailAsync($"{name}: No such file or directory");
                    continue;
                }

                var start = name.TrimStart('/');
                foreach (var (path, entry) in call.Container.Files.Below(root))
                {
                    await WriteAsync(writer, $"{start}{path[root.Length..]}", entry, call.Cancelled);
                }
            }
        }

        if (code != 0)
        {
            await call.FailAsync("error exit delayed from previous errors");
        }

        if (file != "-")
        {
            return call.Container.Files.Write(call.Path(file), archive.ToArray()) is { } problem
                ? await call.FailAsync($"can't open '{file}': {problem}")
                : code;
        }

        await call.Output.WriteAsync(archive.ToArray(), call.Cancelled);
        return code;
    }

    private static Task WriteAsync(TarWriter writer, string name, FileEntry entry, CancellationToken cancellationToken)
    {
        var header = new GnuTarEntry(
            entry.IsDirectory ? TarEntryType.Directory : TarEntryType.RegularFile,
            entry.IsDirectory ? $"{name.TrimEnd('/')}/" : name
        )
        {
            Mode = entry.Mode,
            ModificationTime = entry.At,
        };
        if (entry.Content is { Length: > 0 } content)
        {
            header.DataStream = new MemoryStream(content);
        }

        return writer.WriteEntryAsync(header, cancellationToken);
    }

    private static async Task<int> ExtractAsync(Invocation call, byte[] archive, string directory, bool isList)
    {
        await using var reader = new TarReader(new MemoryStream(archive));
        var code = 0;
        while (await reader.GetNextEntryAsync(copyData: true, call.Cancelled) is { } entry)
        {
            if (isList)
            {
                await call.SayAsync($"{entry.Name}\n");
                continue;
            }

            // Below the directory, whatever the name says.
            var path = FileTree.Absolute(directory, FileTree.Absolute("/", entry.Name)[1..]);
            code = await ExtractAsync(call, entry, path) is { } problem ? await call.FailAsync($"{entry.Name}: {problem}") : code;
        }

        return code;
    }

    /// <returns>The problem, or null.</returns>
    private static async Task<string?> ExtractAsync(Invocation call, TarEntry entry, string path)
    {
        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                return call.Container.Files.MakeDirectory(path, withParents: true);
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile:
                var parent = path[..Math.Max(path.LastIndexOf('/'), 1)];
                using (var content = new MemoryStream())
                {
                    await (entry.DataStream?.CopyToAsync(content, call.Cancelled) ?? Task.CompletedTask);
                    return call.Container.Files.MakeDirectory(parent, withParents: true)
                        ?? call.Container.Files.Write(path, content.ToArray(), entry.Mode, entry.ModificationTime);
                }

            default:
                return $"the sandbox does not simulate entries of type {entry.EntryType}";
        }
    }
}
