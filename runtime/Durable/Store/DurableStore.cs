using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace MeshPort.Runtime.Durable.Store;

/// <summary>The data directory: its lock, durable.db, the only writer and the readers.</summary>
internal sealed class DurableStore : IAsyncDisposable
{
    private readonly DataDirectoryLock _lock;
    private readonly string _path;
    private readonly GroupWriter _writer;
    private readonly ConcurrentBag<Database> _readers = [];
    private volatile bool _disposed;

    private DurableStore(DataDirectoryLock held, string path, Database writer, Action<CommitPoint>? reached)
    {
        _lock = held;
        _path = path;
        _writer = new GroupWriter(writer, reached);
    }

    /// <exception cref="InvalidOperationException">
    /// Another process uses the directory, another version wrote the file, or the file cannot be opened.
    /// </exception>
    public static DurableStore Open(string directory, Action<CommitPoint>? reached = null)
    {
        var held = DataDirectoryLock.Take(directory);
        var path = Path.Combine(directory, "durable.db");
        Database? writer = null;
        try
        {
            PrivateFile.OfDatabase(path);
            writer = new Database(path);
            DurableSchema.Ensure(writer, path, reached);
            return new DurableStore(held, path, writer, reached);
        }
        catch (Exception exception)
        {
            writer?.Dispose();
            held.Dispose();
            if (exception is SqliteException)
            {
                throw new InvalidOperationException(
                    $"'{path}' cannot be opened ({exception.Message}). Restore it from a backup, or move it away: "
                        + "orchestrations and queued messages are then gone.",
                    exception
                );
            }

            throw;
        }
    }

    /// <summary>The path of the SQLite file. The queues use the same file.</summary>
    public string DatabasePath => _path;

    /// <inheritdoc cref="GroupWriter.WriteAsync"/>
    public Task<T> WriteAsync<T>(Func<Database, T> work) => _writer.WriteAsync(work);

    /// <summary>Reads one consistent snapshot.</summary>
    public T Read<T>(Func<Database, T> read)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_readers.TryTake(out var reader))
        {
            reader = new Database(_path);
        }

        reader.Execute("BEGIN");
        try
        {
            return read(reader);
        }
        finally
        {
            reader.Execute("COMMIT");
            if (_disposed)
            {
                reader.Dispose();
            }
            else
            {
                _readers.Add(reader);
            }
        }
    }

    /// <summary>Writes nothing from now on, as if the process had died.</summary>
    public void Abandon() => _writer.Abandon();

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _writer.DisposeAsync();
        while (_readers.TryTake(out var reader))
        {
            reader.Dispose();
        }

        _lock.Dispose();
    }
}
