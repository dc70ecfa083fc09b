namespace MeshPort.Host.Hosting;

/// <summary>A directory that belongs to this process while it runs. The operating system lets go of it when the process dies, however it dies.</summary>
internal sealed class DataDirectory : IDisposable
{
    private const string LockFile = "meshport.lock";

    /// <summary>Who holds the lock; not in the locked file itself, which nobody else can read on Unix either.</summary>
    private const string HolderFile = "meshport.pid";
    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    /// <summary>In the user's local data folder.</summary>
    public static string Default(bool sandbox) =>
        System.IO.Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            sandbox ? "meshport-sandbox" : "meshport"
        );

    /// <exception cref="StartupException">The directory cannot be made or written, or another process has it.</exception>
    public static DataDirectory Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        var file = System.IO.Path.Combine(full, LockFile);
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(full);
            }
            else
            {
                Directory.CreateDirectory(full, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            var held = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(System.IO.Path.Combine(full, HolderFile), $"{Environment.ProcessId}\n");
            return new DataDirectory(full, held);
        }
        catch (UnauthorizedAccessException)
        {
            throw new StartupException(
                $"The data directory {full} may not be written by this user; change its permissions or choose another with --data."
            );
        }
        catch (IOException) when (File.Exists(file))
        {
            throw new StartupException(
                $"The data directory {full} is in use{Holder(System.IO.Path.Combine(full, HolderFile))}; stop that, or choose another with --data."
            );
        }
        catch (IOException trouble)
        {
            throw new StartupException($"The data directory {full} cannot be used: {trouble.Message} Choose another with --data.");
        }
    }

    public void Dispose() => _lock.Dispose();

    private static string Holder(string file)
    {
        try
        {
            return int.TryParse(File.ReadAllText(file), out var process) ? $" by process {process}" : "";
        }
        catch (IOException)
        {
            return ""; // the holder is only a courtesy
        }
    }
}
