namespace MeshPort.Host.Hosting;

/// <summary>A data directory that one process locks while it runs. The operating system releases the lock when the process dies.</summary>
internal sealed class DataDirectory : IDisposable
{
    private const string LockFile = "meshport.lock";

    /// <summary>Names the process that holds the lock. A separate file, because others cannot read the locked file, even on Unix.</summary>
    private const string HolderFile = "meshport.pid";
    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    /// <summary>The default directory, in the user's local data folder.</summary>
    public static string Default(bool sandbox) =>
        System.IO.Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            sandbox ? "meshport-sandbox" : "meshport"
        );

    /// <exception cref="StartupException">The directory cannot be created or written, or another process uses it.</exception>
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
                $"This user cannot write the data directory {full}. Change its permissions, or choose another with --data."
            );
        }
        catch (IOException) when (File.Exists(file))
        {
            throw new StartupException(
                $"The data directory {full} is in use{Holder(System.IO.Path.Combine(full, HolderFile))}. "
                    + "Stop that process, or choose another directory with --data."
            );
        }
        catch (IOException exception)
        {
            throw new StartupException($"The data directory {full} cannot be used: {exception.Message} Choose another with --data.");
        }
    }

    /// <summary>Whether a process uses a data directory.</summary>
    public static bool IsHeld(string path)
    {
        try
        {
            using var free = new FileStream(System.IO.Path.Combine(path, LockFile), FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
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
            return ""; // the message works without the process id
        }
    }
}
