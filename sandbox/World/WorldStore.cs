using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace MeshPort.Sandbox.World;

/// <summary>
/// All that the sandbox knows, as JSON documents by table and key (keys compare case-insensitively, as ARM ids do). Reads come from memory and
/// return copies; a write is in memory at once and, when a file was given, in SQLite before the call returns, so that killing the process
/// loses nothing. Timed behaviour is stored as due times inside the documents, never as a pending task alone.
/// </summary>
public sealed class WorldStore : IDisposable
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, JsonObject>> _tables = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _revisions = new(StringComparer.Ordinal);
    private readonly SqliteConnection? _file;
    private readonly Lock _fileLock = new();

    /// <param name="path">The SQLite file that keeps the world over restarts; null keeps it in memory.</param>
    public WorldStore(string? path)
    {
        if (path is null)
        {
            return;
        }

        _file = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        _file.Open();
        Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE IF NOT EXISTS documents (tbl TEXT NOT NULL, id TEXT NOT NULL COLLATE NOCASE, body TEXT NOT NULL, PRIMARY KEY (tbl, id)) WITHOUT ROWID");
        Load();
    }

    public JsonObject? Get(string table, string key) =>
        Table(table).TryGetValue(key, out var document) ? (JsonObject)document.DeepClone() : null;

    /// <summary>The documents whose key starts with <paramref name="prefix"/>, in key order.</summary>
    public IReadOnlyList<(string Key, JsonObject Document)> List(string table, string prefix = "") =>
        [.. Table(table)
            .Where(entry => entry.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .OrderBy(entry => entry.Key, StringComparer.OrdinalIgnoreCase)
            .Select(entry => (entry.Key, (JsonObject)entry.Value.DeepClone()))];

    /// <summary>Another number after every change to a table: what was read at the same revision is still so.</summary>
    public long Revision(string table) => _revisions.GetValueOrDefault(table);

    public void Put(string table, string key, JsonObject document)
    {
        var copy = (JsonObject)document.DeepClone();
        lock (_fileLock)
        {
            Table(table)[key] = copy;
            _revisions.AddOrUpdate(table, 1, (_, revision) => revision + 1);
            Execute("INSERT INTO documents (tbl, id, body) VALUES ($table, $key, $body) ON CONFLICT (tbl, id) DO UPDATE SET body = excluded.body", ("$table", table), ("$key", key), ("$body", copy.ToJsonString()));
        }
    }

    /// <returns>False when there was no such document.</returns>
    public bool Delete(string table, string key)
    {
        lock (_fileLock)
        {
            var existed = Table(table).TryRemove(key, out _);
            if (existed)
            {
                _revisions.AddOrUpdate(table, 1, (_, revision) => revision + 1);
                Execute("DELETE FROM documents WHERE tbl = $table AND id = $key", ("$table", table), ("$key", key));
            }

            return existed;
        }
    }

    public void Dispose() => _file?.Dispose();

    private ConcurrentDictionary<string, JsonObject> Table(string table) =>
        _tables.GetOrAdd(table, _ => new ConcurrentDictionary<string, JsonObject>(StringComparer.OrdinalIgnoreCase));

    private void Load()
    {
        using var command = _file!.CreateCommand(); // not null: only called when a file was given
        command.CommandText = "SELECT tbl, id, body FROM documents";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            Table(reader.GetString(0))[reader.GetString(1)] = (JsonObject)JsonNode.Parse(reader.GetString(2))!; // written by Put
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
