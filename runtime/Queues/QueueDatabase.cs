using Microsoft.Data.Sqlite;

namespace MeshPort.Runtime.Queues;

/// <summary>
/// The tables of the embedded queues in one SQLite file, which may hold other tables too. With WAL, readers never wait for the writer. With
/// synchronous=FULL, a write is on disk when it returns, so killing the process loses no acknowledged write. One connection reads and one
/// writes, each for one call at a time.
/// </summary>
internal sealed class QueueDatabase : IDisposable
{
    // Times are UTC ticks. The row of a message exists until it is deleted or expires. "visible" is the time of the next possible receive.
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS storage_queues (name TEXT PRIMARY KEY, metadata TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS storage_messages (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            queue TEXT NOT NULL REFERENCES storage_queues (name) ON DELETE CASCADE,
            id TEXT NOT NULL UNIQUE, text TEXT NOT NULL, inserted INTEGER NOT NULL, expires INTEGER NOT NULL,
            visible INTEGER NOT NULL, receipt TEXT NOT NULL, dequeues INTEGER NOT NULL);
        CREATE INDEX IF NOT EXISTS storage_messages_visible ON storage_messages (queue, visible, seq);
        CREATE INDEX IF NOT EXISTS storage_messages_expires ON storage_messages (queue, expires);
        """;

    private readonly Lock _reading = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SqliteConnection _reader;
    private readonly SqliteConnection _writer;

    public QueueDatabase(string path)
    {
        var connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString();
        (_reader, _writer) = (new SqliteConnection(connectionString), new SqliteConnection(connectionString));
        try
        {
            Open(_writer);
            _writer.Execute("PRAGMA journal_mode=WAL");
            _writer.Execute(Schema);
            Open(_reader);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public T Read<T>(Func<SqliteConnection, T> read)
    {
        lock (_reading)
        {
            using var transaction = _reader.BeginTransaction(deferred: true); // one snapshot for all statements
            return read(_reader);
        }
    }

    /// <summary>Runs <paramref name="write"/> in one transaction that no other write can interleave with.</summary>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, T> write, CancellationToken cancellationToken)
    {
        // The semaphore is fair and cheap. SQLite's own lock is for other users of the file.
        await _turn.WaitAsync(cancellationToken);
        try
        {
            using var transaction = _writer.BeginTransaction(deferred: false);
            var result = write(_writer);
            transaction.Commit();
            return result;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        lock (_reading)
        {
            _reader.Dispose();
        }

        _turn.Wait();
        _writer.Dispose();
        _turn.Dispose();
    }

    private static void Open(SqliteConnection connection)
    {
        connection.Open();
        // busy_timeout: SQLite polls every few milliseconds, the client library only every 150 ms.
        connection.Execute("PRAGMA busy_timeout=30000; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON");
    }
}
