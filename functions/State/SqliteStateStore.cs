using Microsoft.Data.Sqlite;

namespace MeshPort.State;

/// <summary>
/// Stores state in one SQLite file in WAL mode, for one machine. Reads see the last commit; writes run one after another and are durable
/// when they return. One connection reads and one writes, each for one call at a time: where two connections write, the library lets one
/// thread sleep for 150 ms at a time.
/// </summary>
internal sealed class SqliteStateStore : IStateStore, IDisposable
{
    private const int Format = 3;
    private readonly Lock _reading = new();
    private readonly Lock _writing = new();
    private readonly SqliteConnection _reader;
    private readonly SqliteConnection _writer;

    /// <exception cref="InvalidOperationException">The file has another format or cannot be opened.</exception>
    public SqliteStateStore(string path)
    {
        var connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            DefaultTimeout = 30,
            Pooling = false,
        }.ToString();
        (_reader, _writer) = (new SqliteConnection(connectionString), new SqliteConnection(connectionString));
        try
        {
            _writer.Open();
            Ensure(path);
            _reader.Open();
        }
        catch (Exception exception)
        {
            Dispose();
            if (exception is not SqliteException)
            {
                throw;
            }

            throw new InvalidOperationException(
                $"The state file {path} cannot be opened ({exception.Message}). "
                    + "Restore it from a backup, or move it away and PUT the clusters again.",
                exception
            );
        }
    }

    public int MostChanges => int.MaxValue;

    public int MostCharacters => int.MaxValue;

    public Task<StateRow?> FindAsync(string partition, string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_reading)
        {
            using var command = Command(
                _reader,
                "SELECT key, version, body FROM rows WHERE partition = $partition AND key = $key",
                ("$partition", partition),
                ("$key", key)
            );
            using var reader = command.ExecuteReader();
            return Task.FromResult(reader.Read() ? Read(reader) : null);
        }
    }

    public Task<IReadOnlyList<StateRow>> ListAsync(
        string partition,
        string prefix,
        string? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_reading)
        {
            using var command = Command(
                _reader,
                """
                SELECT key, version, body FROM rows
                WHERE partition = $partition AND key >= $prefix AND key < $end AND key > $after ORDER BY key LIMIT $limit
                """,
                ("$partition", partition),
                ("$prefix", prefix),
                ("$end", $"{prefix}~"), // '~' sorts after every character of a key
                ("$after", after ?? ""),
                ("$limit", limit)
            );
            using var reader = command.ExecuteReader();
            var rows = new List<StateRow>();
            while (reader.Read())
            {
                rows.Add(Read(reader));
            }

            return Task.FromResult<IReadOnlyList<StateRow>>(rows);
        }
    }

    public Task<bool> TryCommitAsync(string partition, IReadOnlyList<StateChange> changes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        StateChange.RequireStorable(changes);
        lock (_writing)
        {
            using var transaction = _writer.BeginTransaction(deferred: false);
            using var find = Command(
                _writer,
                "SELECT version FROM rows WHERE partition = $partition AND key = $key",
                ("$partition", partition),
                ("$key", "")
            );
            using var put = Command(
                _writer,
                """
                INSERT INTO rows (partition, key, version, body) VALUES ($partition, $key, $version, $body)
                ON CONFLICT DO UPDATE SET version = excluded.version, body = excluded.body
                """,
                ("$partition", partition),
                ("$key", ""),
                ("$version", ""),
                ("$body", "")
            );
            using var delete = Command(
                _writer,
                "DELETE FROM rows WHERE partition = $partition AND key = $key",
                ("$partition", partition),
                ("$key", "")
            );
            foreach (var change in changes)
            {
                if (change.Version != StateChange.Any)
                {
                    find.Parameters["$key"].Value = change.Key;
                    if ((find.ExecuteScalar() as string ?? StateChange.New) != change.Version)
                    {
                        return Task.FromResult(false); // disposing the transaction rolls it back
                    }
                }

                var write = change.Body is null ? delete : put;
                write.Parameters["$key"].Value = change.Key;
                if (change.Body is not null)
                {
                    put.Parameters["$version"].Value = Guid.NewGuid().ToString("N");
                    put.Parameters["$body"].Value = change.Body;
                }

                write.ExecuteNonQuery();
            }

            transaction.Commit();
            return Task.FromResult(true);
        }
    }

    public void Dispose()
    {
        lock (_reading)
        {
            _reader.Dispose();
        }

        lock (_writing)
        {
            _writer.Dispose();
        }
    }

    private void Ensure(string path)
    {
        using var command = _writer.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        var format = Convert.ToInt32(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
        command.CommandText = "SELECT count(*) FROM sqlite_schema";
        var isNew = Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture) == 0;
        if (format != Format && !isNew)
        {
            throw new InvalidOperationException(
                $"Another version of MeshPort wrote the state file {path}: it has format {format}, and this version reads {Format}. "
                    + "Use that version, or move the file away and PUT the clusters again."
            );
        }

        command.CommandText = $"""
            PRAGMA journal_mode=WAL;
            PRAGMA synchronous=FULL;
            PRAGMA user_version={Format};
            CREATE TABLE IF NOT EXISTS rows (
                partition TEXT NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (partition, key)
            ) WITHOUT ROWID;
            """;
        command.ExecuteNonQuery();
    }

    private static SqliteCommand Command(
        SqliteConnection connection,
        string sql,
        params ReadOnlySpan<(string Name, object Value)> parameters
    )
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }

    private static StateRow Read(SqliteDataReader row) => new(row.GetString(0), row.GetString(1), row.GetString(2));
}
