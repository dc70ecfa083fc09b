namespace MeshPort.Runtime.Durable.Store;

/// <summary>
/// The tables of durable.db. Instants are UTC ticks. No index of its own where a table's key serves: each is one more page to change at every write.
/// A change raises <see cref="Version"/> and gets an upgrade step.
/// </summary>
internal static class Schema
{
    public const int Version = 2;

    private const string Instances = """
        CREATE TABLE instances (
            id TEXT NOT NULL PRIMARY KEY, execution TEXT NOT NULL, name TEXT NOT NULL, status INTEGER NOT NULL,
            created INTEGER NOT NULL, updated INTEGER NOT NULL, input TEXT, output TEXT, custom_status TEXT, tags TEXT,
            parent_id TEXT, parent_execution TEXT, parent_name TEXT, parent_task INTEGER) WITHOUT ROWID;
        CREATE INDEX instances_by_parent ON instances (parent_id) WHERE parent_id IS NOT NULL;
        CREATE TABLE schedules (name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, last INTEGER NOT NULL, next INTEGER NOT NULL, updated INTEGER NOT NULL) WITHOUT ROWID;
        """;

    /// <summary>A row of history is a step, numbered by its first event. The seq of a message tells apart those that are due at the same instant.</summary>
    private const string Work = """
        CREATE TABLE history (instance_id TEXT NOT NULL, seq INTEGER NOT NULL, events TEXT NOT NULL, PRIMARY KEY (instance_id, seq)) WITHOUT ROWID;
        CREATE TABLE messages (
            instance_id TEXT NOT NULL, due INTEGER NOT NULL, seq INTEGER NOT NULL, execution TEXT, timer INTEGER, event TEXT NOT NULL,
            PRIMARY KEY (instance_id, due, seq)) WITHOUT ROWID;
        CREATE TABLE activities (
            instance_id TEXT NOT NULL, execution TEXT NOT NULL, task INTEGER NOT NULL, name TEXT NOT NULL, input TEXT,
            PRIMARY KEY (instance_id, execution, task)) WITHOUT ROWID;
        """;

    /// <summary>Version 1 had a row for each event, and numbers of their own for messages and activities.</summary>
    private const string FromVersion1 = $$"""
        ALTER TABLE history RENAME TO history_1;
        ALTER TABLE messages RENAME TO messages_1;
        ALTER TABLE activities RENAME TO activities_1;
        {{Work}}
        INSERT INTO history (instance_id, seq, events)
            SELECT instance_id, min(seq), '[' || group_concat(event, ',' ORDER BY seq) || ']'
            FROM (SELECT instance_id, seq, event, sum(event LIKE '{"e":"step"%') OVER (PARTITION BY instance_id ORDER BY seq) AS step FROM history_1)
            GROUP BY instance_id, step;
        INSERT INTO messages (instance_id, due, seq, execution, timer, event) SELECT instance_id, due, seq, execution, timer, event FROM messages_1;
        INSERT INTO activities (instance_id, execution, task, name, input) SELECT instance_id, execution, task, name, input FROM activities_1;
        DROP TABLE history_1;
        DROP TABLE messages_1;
        DROP TABLE activities_1;
        """;

    /// <summary>Makes the tables, or brings those of an older version up to date: in one transaction, so a process that dies in it leaves the old ones.</summary>
    /// <exception cref="InvalidOperationException">A newer version wrote the file.</exception>
    public static void Ensure(Database database, string path, Action<CommitPoint>? reached = null)
    {
        var found = database.Scalar("PRAGMA user_version") as long?;
        if (found > Version)
        {
            throw new InvalidOperationException(
                $"'{path}' was written by a newer version of MeshPort (schema {found}; this one knows up to {Version}). Run that version, or choose another data directory.");
        }

        if (found < Version)
        {
            Change(database, found == 0 ? Instances + Work : FromVersion1, reached);
        }
    }

    private static void Change(Database database, string script, Action<CommitPoint>? reached)
    {
        database.Execute("BEGIN IMMEDIATE");
        try
        {
            database.Script($"{script} PRAGMA user_version={Version}");
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
}
