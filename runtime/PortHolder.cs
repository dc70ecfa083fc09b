using System.Globalization;

namespace MeshPort.Runtime;

/// <summary>Finds the process that listens on a TCP port, from Linux's /proc (proc(5): /proc/net/tcp, /proc/PID/fd).</summary>
public static class PortHolder
{
    private const string Listening = "0A"; // TCP_LISTEN

    /// <returns>For example "another process (pid 123, node)".</returns>
    public static string Describe(int port)
    {
        try
        {
            return Inode(port) is { } inode && Process(inode) is { } pid
                ? $"another process (pid {pid}, {File.ReadAllText($"/proc/{pid}/comm").Trim()})"
                : "another process";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "another process"; // not Linux, or no permission
        }
    }

    private static string? Inode(int port)
    {
        var local = port.ToString("X4", CultureInfo.InvariantCulture);
        foreach (var table in new[] { "/proc/net/tcp", "/proc/net/tcp6" })
        {
            foreach (var line in File.ReadLines(table).Skip(1))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields[1].EndsWith($":{local}", StringComparison.Ordinal) && fields[3] == Listening)
                {
                    return fields[9];
                }
            }
        }

        return null;
    }

    private static int? Process(string inode)
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var pid) && Holds(directory, inode))
            {
                return pid;
            }
        }

        return null;
    }

    private static bool Holds(string process, string inode)
    {
        try
        {
            return Directory.EnumerateFiles(Path.Combine(process, "fd")).Any(file => new FileInfo(file).LinkTarget == $"socket:[{inode}]");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // the process belongs to another user, or has just ended
        }
    }
}
