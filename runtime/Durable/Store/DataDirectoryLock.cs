using System.Globalization;

namespace MeshPort.Runtime.Durable.Store;

/// <summary>One process at a time in a data directory. The operating system lets go of the lock when the process dies, however it dies.</summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _lock;

    private DataDirectoryLock(FileStream held) => _lock = held;

    /// <exception cref="InvalidOperationException">Another process has the directory; the message names its id.</exception>
    public static DataDirectoryLock Take(string directory)
    {
        Directory.CreateDirectory(directory);
        // Two files: the locked one cannot be read by others everywhere, and the holder's id must be.
        var holder = Path.Combine(directory, "durable.pid");
        FileStream held;
        try
        {
            held = PrivateFile.Open(Path.Combine(directory, "durable.lock"), FileShare.None);
        }
        catch (IOException exception) when (exception is not (PathTooLongException or DirectoryNotFoundException))
        {
            var pid = File.Exists(holder) ? File.ReadAllText(holder).Trim() : "unknown";
            throw new InvalidOperationException(
                $"The data directory '{directory}' is in use by process {pid}. Stop that process or choose another directory.",
                exception
            );
        }

        PrivateFile.Open(holder, FileShare.Read).Dispose();
        File.WriteAllText(holder, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return new DataDirectoryLock(held);
    }

    public void Dispose() => _lock.Dispose();
}
