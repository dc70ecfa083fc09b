namespace MeshPort.Sandbox.Kubelet.Programs;

/// <param name="Content">Null: a directory.</param>
internal sealed record FileEntry(byte[]? Content, UnixFileMode Mode, DateTimeOffset At)
{
    public bool IsDirectory => Content is null;
}

/// <summary>The files of one container, in memory. Paths are absolute and normal (<see cref="Absolute"/>).</summary>
internal sealed class FileTree(TimeProvider clock)
{
    /// <summary>The container's share of the node's disk.</summary>
    private const long Capacity = 64 * 1024 * 1024;

    public const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    public const UnixFileMode DirectoryMode = FileMode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly SortedDictionary<string, FileEntry> _entries = new(StringComparer.Ordinal)
    {
        ["/"] = new FileEntry(null, DirectoryMode, clock.GetUtcNow()),
    };

    private readonly Lock _lock = new();

    /// <summary>A path without dots and double slashes.</summary>
    public static string Absolute(string directory, string path)
    {
        var parts = new List<string>();
        foreach (var part in (path.StartsWith('/') ? path : $"{directory}/{path}").Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                parts.RemoveRange(Math.Max(parts.Count - 1, 0), Math.Min(parts.Count, 1));
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return $"/{string.Join('/', parts)}";
    }

    public static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    public FileEntry? Find(string path)
    {
        lock (_lock)
        {
            return _entries.GetValueOrDefault(path);
        }
    }

    /// <summary>The entries of a directory by path, in the order of their names.</summary>
    public IReadOnlyList<KeyValuePair<string, FileEntry>> List(string directory)
    {
        lock (_lock)
        {
            return [.. _entries.Where(entry => entry.Key != "/" && ParentOf(entry.Key) == directory)];
        }
    }

    /// <summary>The entry and everything below it.</summary>
    public IReadOnlyList<KeyValuePair<string, FileEntry>> Below(string path)
    {
        lock (_lock)
        {
            return [.. _entries.Where(entry => entry.Key == path || IsBelow(entry.Key, path))];
        }
    }

    /// <returns>The problem, or null.</returns>
    public string? Write(string path, byte[] content, UnixFileMode mode = FileMode, DateTimeOffset? at = null)
    {
        lock (_lock)
        {
            var problem =
                _entries.GetValueOrDefault(ParentOf(path)) is not { IsDirectory: true } ? "nonexistent directory"
                : _entries.GetValueOrDefault(path) is { IsDirectory: true } ? "Is a directory"
                : _entries.Sum(entry => entry.Key == path ? 0L : entry.Value.Content?.Length ?? 0) + content.Length > Capacity
                    ? "No space left on device"
                : null;
            if (problem is null)
            {
                _entries[path] = new FileEntry(content, mode, at ?? clock.GetUtcNow());
            }

            return problem;
        }
    }

    /// <returns>The problem, or null. A directory that exists is none.</returns>
    public string? MakeDirectory(string path, bool withParents)
    {
        lock (_lock)
        {
            if (_entries.GetValueOrDefault(path) is { } present)
            {
                return present.IsDirectory ? null : "File exists";
            }

            var problem =
                withParents ? MakeDirectory(ParentOf(path), true)
                : _entries.GetValueOrDefault(ParentOf(path)) is { IsDirectory: true } ? null
                : "No such file or directory";
            if (problem is null)
            {
                _entries[path] = new FileEntry(null, DirectoryMode, clock.GetUtcNow());
            }

            return problem;
        }
    }

    /// <summary>Removes the entry and everything below it.</summary>
    public void Remove(string path)
    {
        lock (_lock)
        {
            foreach (var gone in _entries.Keys.Where(key => key != "/" && (key == path || IsBelow(key, path))).ToArray())
            {
                _entries.Remove(gone);
            }
        }
    }

    private static bool IsBelow(string path, string directory) =>
        path.StartsWith(directory == "/" ? "/" : $"{directory}/", StringComparison.Ordinal);

    private static string ParentOf(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "/";
}
