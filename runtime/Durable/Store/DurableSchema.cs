namespace MeshPort.Runtime.Durable.Store;

/// <summary>
/// The tables of durable.db. Times are UTC ticks. A table has an index besides its key only if it needs one: each index is one more page
/// to change at every write. Every change of the tables raises <see cref="Version"/>.
/// </summary>
internal static class DurableSchema
{
    public const int Version = 1;

    /// <summary>
    /// SQLite's application_id of the file, "MPDF" in ASCII. The version alone does not identify the program that created the file.
    /// </summary>
    private const int Application = 0x4D504446;

    private const string Instances = """
        CREATE TABLE instances (
            id TEXT NOT NULL PRIMARY KEY, execution TEXT NOT NULL, name TEXT NOT NULL, status INTEGER NOT NULL,
            created INTEGER NOT NULL, updated INTEGER NOT NULL, input TEXT, output TEXT, custom_status TEXT, tags TEXT,
            parent_id TEXT, parent_execution TEXT, parent_name TEXT, parent_task INTEGER) WITHOUT ROWID;
        CREATE INDEX instances_by_parent ON instances (parent_id) WHERE parent_id IS NOT NULL;
        CREATE TABLE schedules (
            name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, last INTEGER NOT NULL, next INTEGER NOT NULL, updated INTEGER NOT NULL)
        WITHOUT ROWID;
        """;

    /// <summary>
    /// A row of history is one step, numbered by its first event. The seq of a message distinguishes messages with the same due time.
    /// </summary>
    private const string Work = """
        CREATE TABLE history (
            instance_id TEXT NOT NULL, seq INTEGER NOT NULL, events TEXT NOT NULL, PRIMARY KEY (instance_id, seq)) WITHOUT ROWID;
        CREATE TABLE messages (
            instance_id TEXT NOT NULL, due INTEGER NOT NULL, seq INTEGER NOT NULL, execution TEXT, timer INTEGER, event TEXT NOT NULL,
            PRIMARY KEY (instance_id, due, seq)) WITHOUT ROWID;
        CREATE TABLE activities (
            instance_id TEXT NOT NULL, execution TEXT NOT NULL, task INTEGER NOT NULL, name TEXT NOT NULL, input TEXT,
            PRIMARY KEY (instance_id, execution, task)) WITHOUT ROWID;
        """;

    /// <summary>Creates the tables of a new file in one transaction, and rejects a file with other tables.</summary>
    /// <exception cref="InvalidOperationException">A newer or an unknown version wrote the file.</exception>
    public static void Ensure(Database database, string path, Action<CommitPoint>? reached = null)
    {
        var (application, found) = (Number(database, "PRAGMA application_id"), Number(database, "PRAGMA user_version"));
        switch (application)
        {
            case Application when found == Version:
                return;
            case Application when found > Version:
                throw new InvalidOperationException(
                    $"'{path}' was written by a newer version of MeshPort (schema {found}; this version reads schema {Version}). "
                        + "Run that version, or choose another data directory."
                );
            case 0 when found == 0 && Number(database, "SELECT count(*) FROM sqlite_schema") == 0:
                Create(database, reached);
                return;
            default:
                var schema = application == Application ? $"the older schema {found}" : "an unknown schema";
                throw new InvalidOperationException(
                    $"'{path}' has {schema}; this version of MeshPort reads schema {Version} and cannot upgrade the file. "
                        + "Move the file away, or choose another data directory: orchestrations and queued messages are then gone."
                );
        }
    }

    private static void Create(Database database, Action<CommitPoint>? reached)
    {
        database.Execute("BEGIN IMMEDIATE");
        try
        {
            database.Script($"{Instances} {Work} PRAGMA application_id={Application}; PRAGMA user_version={Version}");
            reached?.Invoke(CommitPoint.Before);
            database.Execute("COMMIT");
        }
        catch
        {
            database.Execute("ROLLBACK");
            throw;
        }

        reached?.Invoke(CommitPoint.After);
    }

    private static long Number(Database database, string query) => (long)(database.Scalar(query) ?? 0L);
}
