using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MeshPort.Runtime.Durable.Store;

/// <summary>
/// One prepared statement on SQLite's C interface. ADO.NET commands look up parameters by name and create a reader for each call, which
/// costs several times more than these small statements (docs/adr/0005).
/// </summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;
    private readonly int[] _places; // SQLite's index of $1, $2, ...: it numbers parameters in order of appearance

    public Statement(sqlite3 connection, string sql)
    {
        _connection = connection;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(connection, sql, out _statement), connection);
        _places =
        [
            .. Enumerable
                .Range(1, raw.sqlite3_bind_parameter_count(_statement))
                .Select(number => raw.sqlite3_bind_parameter_index(_statement, string.Create(CultureInfo.InvariantCulture, $"${number}"))),
        ];
    }

    /// <returns>The number of rows changed.</returns>
    public int Execute(ReadOnlySpan<object?> arguments)
    {
        Bind(arguments);
        try
        {
            while (Step())
            {
                // the returned rows are not needed
            }

            return raw.sqlite3_changes(_connection);
        }
        finally
        {
            Reset();
        }
    }

    public void Query(ReadOnlySpan<object?> arguments, Action<Row> read)
    {
        Bind(arguments);
        try
        {
            while (Step())
            {
                read(new Row(_statement));
            }
        }
        finally
        {
            Reset();
        }
    }

    public void Dispose() => _statement.Dispose();

    private bool Step()
    {
        var result = raw.sqlite3_step(_statement);
        if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            SqliteException.ThrowExceptionForRC(result, _connection);
        }

        return result == raw.SQLITE_ROW;
    }

    /// <summary>Ignores the result code: it repeats the error of the last step, which was already thrown.</summary>
    private void Reset() => _ = raw.sqlite3_reset(_statement);

    private void Bind(ReadOnlySpan<object?> arguments)
    {
        if (arguments.Length != _places.Length)
        {
            throw new ArgumentException($"The statement takes {_places.Length} arguments, not {arguments.Length}.", nameof(arguments));
        }

        for (var i = 0; i < arguments.Length; i++)
        {
            var place = _places[i];
            var result = arguments[i] switch
            {
                null => raw.sqlite3_bind_null(_statement, place),
                string text => raw.sqlite3_bind_text(_statement, place, text),
                long number => raw.sqlite3_bind_int64(_statement, place, number),
                int number => raw.sqlite3_bind_int64(_statement, place, number),
                var other => throw new ArgumentException($"A {other.GetType()} cannot be stored.", nameof(arguments)),
            };
            SqliteException.ThrowExceptionForRC(result, _connection);
        }
    }
}
