using MeshPort.Runtime.Durable.Store;

namespace MeshPort.Runtime.Tests.Stores;

public sealed class GroupWriterTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("writer-test-").FullName;

    [Fact]
    public async Task A_failed_unit_is_rolled_back_alone_and_the_others_of_its_group_are_kept_once()
    {
        await using var writer = new GroupWriter(Open());
        using var gate = new ManualResetEventSlim();
        var first = writer.WriteAsync(_ =>
        {
            gate.Wait(TestContext.Current.CancellationToken); // until the other units wait, so that they form one group
            return 0;
        });
        var before = writer.WriteAsync(database => database.Execute("INSERT INTO rows (value) VALUES ($1)", "before"));
        var refused = writer.WriteAsync<int>(database =>
        {
            database.Execute("INSERT INTO rows (value) VALUES ($1)", "refused");
            throw new InvalidOperationException("no");
        });
        var after = writer.WriteAsync(database => database.Execute("INSERT INTO rows (value) VALUES ($1)", "after"));
        gate.Set();

        await first;
        Assert.Equal(1, await before);
        Assert.Equal("no", (await Assert.ThrowsAsync<InvalidOperationException>(() => refused)).Message);
        Assert.Equal(1, await after);
        Assert.Equal(
            ["before", "after"],
            await writer.WriteAsync(database => database.Query("SELECT value FROM rows ORDER BY rowid", row => row.GetString(0)))
        );
    }

    [Fact]
    public void Parameters_are_bound_by_number_not_by_order_of_appearance()
    {
        using var database = Open();
        database.Execute("INSERT INTO rows (value) SELECT $2 || $1 || $2", "b", "a");

        Assert.Equal(["aba"], database.Query("SELECT value FROM rows WHERE value <> $1", row => row.GetString(0), "x"));
    }

    [Fact]
    public void A_statement_that_failed_can_be_run_again()
    {
        using var database = Open();
        database.Execute("INSERT INTO rows (value) VALUES ($1)", "one");
        var again = Assert.Throws<Microsoft.Data.Sqlite.SqliteException>(() =>
            database.Execute("INSERT INTO rows (value) VALUES ($1)", "one")
        );

        Assert.Contains("UNIQUE", again.Message, StringComparison.Ordinal);
        Assert.Equal(1, database.Execute("INSERT INTO rows (value) VALUES ($1)", "two"));
        Assert.Null(database.Scalar("SELECT max(value) FROM rows WHERE value = $1", "none"));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private Database Open()
    {
        var database = new Database(Path.Combine(_directory, "test.db"));
        database.Execute("CREATE TABLE rows (value TEXT NOT NULL UNIQUE)");
        return database;
    }
}
