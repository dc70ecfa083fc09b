using SQLitePCL;

namespace MeshPort.Runtime.Durable.Store;

/// <summary>The current row of a query. Valid only inside the read callback.</summary>
internal readonly struct Row(sqlite3_stmt statement)
{
    public string GetString(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();

    public int GetInt32(int column) => raw.sqlite3_column_int(statement, column);

    public long GetInt64(int column) => raw.sqlite3_column_int64(statement, column);

    /// <returns>A long, text, or null.</returns>
    public object? Value(int column) =>
        raw.sqlite3_column_type(statement, column) switch
        {
            raw.SQLITE_NULL => null,
            raw.SQLITE_INTEGER => GetInt64(column),
            _ => GetString(column),
        };

    public bool IsDBNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;
}
