namespace MeshPort.Runtime.Durable.Store;

/// <summary>
/// Creates files that only their owner can read, because they hold inputs and outputs of orchestrations. On Windows, the directory's
/// permissions apply.
/// </summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Opens the file, and creates it if absent.</summary>
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

    /// <summary>
    /// Creates a database file, or restricts an existing one and its -wal and -shm files. SQLite gives those two the mode of the database.
    /// </summary>
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
