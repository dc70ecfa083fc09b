using System.Globalization;

namespace MeshPort.Runtime.Durable.Store;

/// <summary>Locks a data directory for one process. The operating system releases the lock when the process dies.</summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _lock;

    private DataDirectoryLock(FileStream held) => _lock = held;

    /// <exception cref="InvalidOperationException">Another process holds the lock. The message names its id.</exception>
    public static DataDirectoryLock Take(string directory)
    {
        Directory.CreateDirectory(directory);
        // Two files: on some systems others cannot read a locked file, and they must read the holder's id.
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
