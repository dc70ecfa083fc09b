using System.Diagnostics;
using MeshPort.Runtime.Durable.Store;

namespace MeshPort.Benchmarks;

/// <summary>The limit of the disk and SQLite with the engine's settings: a bare loop that commits one row a step.</summary>
internal static class StorageLimit
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);

    /// <summary>Rows per second with one commit each.</summary>
    public static double OneAtATime()
    {
        using var directory = new BenchDirectory();
        using var database = Open(directory);
        var rows = 0;
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < Duration)
        {
            database.Execute("BEGIN IMMEDIATE");
            Insert(database, rows++);
            database.Execute("COMMIT");
        }

        return rows / clock.Elapsed.TotalSeconds;
    }

    /// <summary>Rows per second when 1,000 callers each wait for their own row and concurrent callers share a commit.</summary>
    public static async Task<double> GroupCommitAsync(TimeSpan duration)
    {
        using var directory = new BenchDirectory();
        await using var writer = new GroupWriter(Open(directory));
        var rows = 0;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(
            Enumerable
                .Range(0, 1000)
                .Select(async _ =>
                {
                    while (clock.Elapsed < duration)
                    {
                        var row = Interlocked.Increment(ref rows);
                        await writer.WriteAsync(database => Insert(database, row));
                    }
                })
        );
        return rows / clock.Elapsed.TotalSeconds;
    }

    private static Database Open(BenchDirectory directory)
    {
        var database = new Database(Path.Combine(directory.Path, "limit.db"));
        database.Execute(
            "CREATE TABLE steps (instance_id TEXT NOT NULL, seq INTEGER NOT NULL, event TEXT NOT NULL, "
                + "PRIMARY KEY (instance_id, seq)) WITHOUT ROWID"
        );
        return database;
    }

    private static int Insert(Database database, int row) =>
        database.Execute(
            "INSERT INTO steps (instance_id, seq, event) VALUES ($1, $2, $3)",
            $"instance-{row % 1000}",
            row,
            """{"e":"taskCompleted","Id":1,"Result":"1"}"""
        );
}
