using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MeshPort.Runtime.Durable.Store;

/// <summary>One SQLite connection with its prepared statements. Parameters are $1, $2, ... in order. One thread at a time.</summary>
internal sealed class Database : IDisposable
{
    private const int CheckpointPages = 8_000; // of 4 kB
    private const int CacheKilobytes = 16_000;

    private readonly SqliteConnection _connection;
    private readonly sqlite3 _handle;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);

    public Database(string path)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        _connection.Open();
        _handle = _connection.Handle ?? throw new InvalidOperationException("An open connection has no handle.");
        // FULL: a committed step survives a power cut. NORMAL does not guarantee that in WAL mode.
        // The timeout comes first because another connection may be active.
        Script("PRAGMA busy_timeout=10000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
        // A group of steps changes hundreds of pages. With SQLite's defaults (1,000 pages, 2 MB) nearly every commit would also checkpoint.
        Script($"PRAGMA wal_autocheckpoint={CheckpointPages}; PRAGMA cache_size=-{CacheKilobytes}");
    }

    /// <returns>The number of rows changed.</returns>
    public int Execute(string sql, params ReadOnlySpan<object?> arguments) => Prepare(sql).Execute(arguments);

    /// <summary>Runs several statements, separated by semicolons.</summary>
    public void Script(string sql) => SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(_handle, sql), _handle);

    /// <returns>The first column of the first row, a number (long) or text. Null when the query returns no row or NULL.</returns>
    public object? Scalar(string sql, params ReadOnlySpan<object?> arguments) =>
        Query(sql, row => row.Value(0), arguments).FirstOrDefault();

    public List<T> Query<T>(string sql, Func<Row, T> read, params ReadOnlySpan<object?> arguments)
    {
        var rows = new List<T>();
        Prepare(sql).Query(arguments, row => rows.Add(read(row)));
        return rows;
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    private Statement Prepare(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            statement = new Statement(_handle, sql);
            _statements.Add(sql, statement);
        }

        return statement;
    }
}
