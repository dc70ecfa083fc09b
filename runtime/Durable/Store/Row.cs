using SQLitePCL;

namespace MeshPort.Runtime.Durable.Store;

/// <summary>The row that a query stands on; only valid while it is read.</summary>
internal readonly struct Row(sqlite3_stmt statement)
{
    public string GetString(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();

    public int GetInt32(int column) => raw.sqlite3_column_int(statement, column);

    public long GetInt64(int column) => raw.sqlite3_column_int64(statement, column);

    public bool IsDBNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;
}
