using System.Globalization;
using Microsoft.Extensions.Logging;

namespace MeshPort.Host.Hosting;

/// <summary>
/// The recent log of <c>serve</c> in its data directory, for <c>meshport bundle</c>: what MeshPort itself has logged, without the messages
/// of libraries. A full file replaces the previous one.
/// </summary>
internal sealed class LogFile : ILoggerProvider
{
    private const string Name = "meshport.log";
    private const string Previous = "meshport.log.1";
    private const string Own = "MeshPort";
    private const long Largest = 1 << 20;
    private readonly Lock _lock = new();
    private readonly string _directory;
    private StreamWriter? _writer;

    public LogFile(string directory)
    {
        _directory = directory;
        _writer = Open();
    }

    public static string PathIn(string directory) => Path.Combine(directory, Name);

    /// <summary>The lines of both files, oldest first.</summary>
    /// <exception cref="IOException">There is no log.</exception>
    public static string Read(string directory)
    {
        var previous = Path.Combine(directory, Previous);
        return (File.Exists(previous) ? ReadShared(previous) : "") + ReadShared(PathIn(directory));
    }

    /// <summary>The default data directory with the newest log, also of a server that has ended. Null without a log.</summary>
    public static string? FindNewest() =>
        ((bool[])[true, false])
            .Select(DataDirectory.Default)
            .Where(directory => File.Exists(PathIn(directory)))
            .MaxBy(directory => File.GetLastWriteTimeUtc(PathIn(directory)));

    public ILogger CreateLogger(string categoryName) => new CategoryLog(this, categoryName);

    public void Dispose()
    {
        lock (_lock)
        {
            _writer?.Dispose();
            _writer = null;
        }
    }

    private StreamWriter Open()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new StreamWriter(PathIn(_directory), options) { AutoFlush = true, NewLine = "\n" };
    }

    private void Write(string line)
    {
        lock (_lock)
        {
            if (_writer is null)
            {
                return;
            }

            try
            {
                if (_writer.BaseStream.Position > Largest)
                {
                    _writer.Dispose();
                    File.Move(PathIn(_directory), Path.Combine(_directory, Previous), overwrite: true);
                    _writer = Open();
                }

                _writer.WriteLine(line);
            }
            catch (IOException)
            {
                _writer = null; // a full disk ends the file and not the server; the console has the log
            }
        }
    }

    private static string ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }

    private sealed class CategoryLog(LogFile file, string category) : ILogger
    {
        private readonly bool _isOwn = category == Own || category.StartsWith($"{Own}.", StringComparison.Ordinal);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => _isOwn && logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (IsEnabled(logLevel))
            {
                var at = TimeProvider.System.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
                var cause = exception is null ? "" : $" {exception}";
                file.Write($"{at} {logLevel} {category}: {formatter(state, exception)}{cause}".ReplaceLineEndings("\n  "));
            }
        }
    }
}
