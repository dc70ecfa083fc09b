using MeshPort.Runtime.Durable.Store;

namespace MeshPort.Runtime.Tests.Stores;

public sealed class SchemaTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("schema-test-").FullName;

    private string Path => System.IO.Path.Combine(_directory, "durable.db");

    [Fact]
    public async Task A_new_file_has_the_current_version_and_opens_again()
    {
        await DurableStore.Open(_directory).DisposeAsync();
        Assert.Equal(DurableSchema.Version, Look(Version));

        await using var again = DurableStore.Open(_directory);

        Assert.Equal(0L, again.Read(database => database.Scalar("SELECT count(*) FROM history")));
    }

    [Fact]
    public async Task A_file_of_a_newer_version_is_rejected_with_its_path_and_both_versions()
    {
        await DurableStore.Open(_directory).DisposeAsync();
        Look(database => database.Execute("PRAGMA user_version=99"));

        var refusal = Assert.Throws<InvalidOperationException>(() => DurableStore.Open(_directory));

        Assert.StartsWith(
            $"'{Path}' was written by a newer version of MeshPort (schema 99; this version reads schema 1)",
            refusal.Message,
            StringComparison.Ordinal
        );
        Assert.Equal(99, Look(Version));
    }

    [Theory]
    [InlineData("PRAGMA user_version=0")]
    [InlineData("PRAGMA user_version=1")]
    [InlineData("PRAGMA user_version=2")]
    [InlineData("PRAGMA application_id=1; PRAGMA user_version=1")]
    public async Task A_file_of_an_unknown_version_is_rejected_untouched_until_it_is_moved_away(string numbers)
    {
        Look(database => database.Script($"CREATE TABLE history (instance_id TEXT, event TEXT); {numbers}"));
        var version = Look(Version);

        var refusal = Assert.Throws<InvalidOperationException>(() => DurableStore.Open(_directory));

        Assert.StartsWith($"'{Path}' has an unknown schema; ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Move the file away", refusal.Message, StringComparison.Ordinal);
        Assert.Equal((version, "history"), (Look(Version), Look(Tables)));
        File.Move(Path, $"{Path}.old");
        await DurableStore.Open(_directory).DisposeAsync();
    }

    [Fact]
    public async Task A_file_of_an_older_version_is_rejected()
    {
        await DurableStore.Open(_directory).DisposeAsync();
        Look(database => database.Execute($"PRAGMA user_version={DurableSchema.Version - 1}"));

        var refusal = Assert.Throws<InvalidOperationException>(() => DurableStore.Open(_directory));

        Assert.StartsWith($"'{Path}' has the older schema {DurableSchema.Version - 1}; ", refusal.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static long Version(Database database) => database.Scalar("PRAGMA user_version") as long? ?? -1;

    private static string? Tables(Database database) => database.Scalar("SELECT group_concat(name) FROM sqlite_schema") as string;

    private void Look(Action<Database> write)
    {
        using var database = new Database(Path);
        write(database);
    }

    private T Look<T>(Func<Database, T> read)
    {
        using var database = new Database(Path);
        return read(database);
    }
}
