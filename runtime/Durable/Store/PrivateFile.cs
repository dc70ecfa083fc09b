namespace MeshPort.Runtime.Durable.Store;

/// <summary>Files that only their owner reads: inputs and outputs of orchestrations are in them. On Windows the directory's permissions count.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Opens, and makes when absent.</summary>
    public static FileStream Open(string path, FileShare share)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = share,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        var file = new FileStream(path, options);
        Restrict(path);
        return file;
    }

    /// <summary>Makes the file of a database, or restricts one that is there with what belongs to it. SQLite gives -wal and -shm the mode of the database.</summary>
    public static void OfDatabase(string path)
    {
        Open(path, FileShare.ReadWrite).Dispose();
        Restrict($"{path}-wal");
        Restrict($"{path}-shm");
    }

    private static void Restrict(string path)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(path) && File.GetUnixFileMode(path) != OwnerOnly)
        {
            File.SetUnixFileMode(path, OwnerOnly);
        }
    }
}
