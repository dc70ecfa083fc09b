namespace MeshPort.Runtime.Durable.Store;

/// <summary>The tables of durable.db. Instants are UTC ticks. A change raises <see cref="Version"/> and gets an upgrade step.</summary>
internal static class Schema
{
    public const int Version = 1;

    private const string Tables = """
        CREATE TABLE instances (
            id TEXT NOT NULL PRIMARY KEY, execution TEXT NOT NULL, name TEXT NOT NULL, status INTEGER NOT NULL,
            created INTEGER NOT NULL, updated INTEGER NOT NULL, input TEXT, output TEXT, custom_status TEXT, tags TEXT,
            parent_id TEXT, parent_execution TEXT, parent_name TEXT, parent_task INTEGER) WITHOUT ROWID;
        CREATE INDEX instances_by_parent ON instances (parent_id) WHERE parent_id IS NOT NULL;
        CREATE TABLE history (instance_id TEXT NOT NULL, seq INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (instance_id, seq)) WITHOUT ROWID;
        CREATE TABLE messages (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL, execution TEXT, timer INTEGER, due INTEGER NOT NULL, event TEXT NOT NULL);
        CREATE INDEX messages_by_instance ON messages (instance_id, due);
        CREATE TABLE activities (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL, execution TEXT NOT NULL, task INTEGER NOT NULL, name TEXT NOT NULL, input TEXT);
        CREATE INDEX activities_by_instance ON activities (instance_id);
        CREATE TABLE schedules (name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, last INTEGER NOT NULL, next INTEGER NOT NULL, updated INTEGER NOT NULL) WITHOUT ROWID;
        """;

    /// <exception cref="InvalidOperationException">A newer version wrote the file.</exception>
    public static void Ensure(Database database, string path)
    {
        var found = database.Scalar("PRAGMA user_version") as long?;
        if (found > Version)
        {
            throw new InvalidOperationException(
                $"'{path}' was written by a newer version of MeshPort (schema {found}; this one knows up to {Version}). Run that version, or choose another data directory.");
        }

        if (found == 0)
        {
            database.Script($"BEGIN IMMEDIATE; {Tables} PRAGMA user_version={Version}; COMMIT");
        }
    }
}
