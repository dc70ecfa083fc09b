using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace MeshPort.Sandbox.Storage;

/// <summary>A document to write, or to delete when the bytes are null.</summary>
internal readonly record struct WorldChange(string Table, string Key, byte[]? Utf8)
{
    public static WorldChange Put(string table, string key, byte[] utf8) => new(table, key, utf8);

    public static WorldChange Put(string table, string key, JsonObject document) =>
        new(table, key, Encoding.UTF8.GetBytes(document.ToJsonString()));

    public static WorldChange Remove(string table, string key) => new(table, key, null);
}

/// <summary>
/// The whole state of the sandbox, as JSON documents by table and key (keys ignore case, as ARM ids do). Reads come from memory and return
/// copies. A write is in memory at once and, with a file, in SQLite before the call returns, so that a killed process loses nothing. Timed
/// behaviour is stored as due times in documents, never only as a pending task.
/// </summary>
public sealed class WorldStore : IDisposable
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, byte[]>> _tables = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _revisions = new(StringComparer.Ordinal);
    private readonly SqliteConnection? _file;
    private readonly Lock _fileLock = new();

    /// <param name="path">The SQLite file that stores the world across restarts. Null keeps it in memory.</param>
    /// <exception cref="InvalidOperationException">The file cannot be opened.</exception>
    public WorldStore(string? path)
    {
        if (path is null)
        {
            return;
        }

        _file = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            _file.Open();
            Execute(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE IF NOT EXISTS documents (tbl TEXT NOT NULL, id TEXT "
                    + "NOT NULL COLLATE NOCASE, body TEXT NOT NULL, PRIMARY KEY (tbl, id)) WITHOUT ROWID"
            );
            Load();
        }
        catch (SqliteException exception)
        {
            _file.Dispose();
            throw new InvalidOperationException(
                $"the world in {path} cannot be opened ({exception.Message}); "
                    + "choose another file, or move this one to start a new world",
                exception
            );
        }
    }

    /// <summary>Table and key of a document, after it was written or deleted.</summary>
    internal event Action<string, string>? Written;

    /// <summary>Whether a file stores the world across restarts.</summary>
    public bool IsKept => _file is not null;

    public JsonObject? Get(string table, string key) => Table(table).TryGetValue(key, out var document) ? Read(document) : null;

    /// <summary>The documents whose key starts with <paramref name="prefix"/>, in key order.</summary>
    public IReadOnlyList<(string Key, JsonObject Document)> List(string table, string prefix = "") =>
        [
            .. Table(table)
                .Where(entry => entry.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                .OrderBy(entry => entry.Key, StringComparer.OrdinalIgnoreCase)
                .Select(entry => (entry.Key, Read(entry.Value))),
        ];

    /// <summary>
    /// Changes with every write to a table. Read it before the content: if it is still the same, the content is at least as new.
    /// </summary>
    public long Revision(string table) => _revisions.GetValueOrDefault(table);

    public void Put(string table, string key, JsonObject document) => Write([WorldChange.Put(table, key, document)]);

    /// <returns>False when the document did not exist.</returns>
    public bool Delete(string table, string key)
    {
        lock (_fileLock)
        {
            var existed = Table(table).ContainsKey(key);
            if (existed)
            {
                Write([WorldChange.Remove(table, key)]);
            }

            return existed;
        }
    }

    /// <summary>Applies all changes or none.</summary>
    internal void Write(IReadOnlyList<WorldChange> changes)
    {
        lock (_fileLock)
        {
            using var transaction = changes.Count > 1 ? _file?.BeginTransaction() : null;
            foreach (var (table, key, utf8) in changes)
            {
                if (utf8 is null)
                {
                    Table(table).TryRemove(key, out _);
                    Execute("DELETE FROM documents WHERE tbl = $table AND id = $key", ("$table", table), ("$key", key));
                }
                else
                {
                    Table(table)[key] = utf8;
                    Execute(
                        "INSERT INTO documents (tbl, id, body) VALUES ($table, $key, $body) ON CONFLICT (tbl, id) DO UPDATE SET body = "
                            + "excluded.body",
                        ("$table", table),
                        ("$key", key),
                        ("$body", _file is null ? "" : Encoding.UTF8.GetString(utf8))
                    );
                }

                // After the change: a reader of both must not take the old content for the new revision.
                _revisions.AddOrUpdate(table, 1, (_, revision) => revision + 1);
            }

            transaction?.Commit();
        }

        foreach (var (table, key, _) in changes)
        {
            Written?.Invoke(table, key);
        }
    }

    public void Dispose() => _file?.Dispose();

    private ConcurrentDictionary<string, byte[]> Table(string table) =>
        _tables.GetOrAdd(table, _ => new ConcurrentDictionary<string, byte[]>(StringComparer.OrdinalIgnoreCase));

    private static JsonObject Read(byte[] document) => JsonNode.Parse(document)!.AsObject(); // made from an object

    private void Load()
    {
        using var command = _file!.CreateCommand(); // not null: only called when a file was given
        command.CommandText = "SELECT tbl, id, body FROM documents";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            Table(reader.GetString(0))[reader.GetString(1)] = Encoding.UTF8.GetBytes(reader.GetString(2));
        }
    }

    private void Execute(string sql, params ReadOnlySpan<(string Name, string Value)> parameters)
    {
        if (_file is null)
        {
            return;
        }

        using var command = _file.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        command.ExecuteNonQuery();
    }
}
