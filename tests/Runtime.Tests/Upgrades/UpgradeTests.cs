using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Tests.Crash;

namespace MeshPort.Runtime.Tests.Upgrades;

/// <summary>A file that schema version 1 wrote (version1.sql) in the hands of this version.</summary>
public sealed class UpgradeTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Instances_of_version_1_go_on_and_end_as_they_should()
    {
        await using var running = await RunningHost.StartAsync(prepare: WriteVersion1);
        var client = running.Client;

        Assert.Equal("380", (await running.CompletionAsync("finished")).SerializedOutput);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await running.CompletionAsync("failed")).RuntimeStatus);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await running.CompletionAsync("terminated")).RuntimeStatus);

        running.Effects.Gate.SetResult();
        Assert.Equal("door in Gate", (await running.CompletionAsync("open")).ReadOutputAs<string>());

        await client.RaiseEventAsync("child", "word", "hi", Cancelled);
        Assert.Equal("hi from child of Parent parent", (await running.CompletionAsync("parent")).ReadOutputAs<string>());

        await client.RaiseEventAsync("suspended", "word", "c", Cancelled);
        await client.ResumeInstanceAsync("suspended", cancellation: Cancelled);
        Assert.Equal(["a", "b", "c"], (await running.CompletionAsync("suspended")).ReadOutputAs<string[]>()!);

        await client.RaiseEventAsync("eternal", "add", 4, Cancelled);
        await running.UntilAsync("eternal", instance => instance.SerializedInput == "9");
        await client.RaiseEventAsync("eternal", "add", 0, Cancelled);
        Assert.Equal(9, (await running.CompletionAsync("eternal")).ReadOutputAs<int>());

        running.Clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(["first", "second"], (await running.CompletionAsync("early")).ReadOutputAs<string[]>()!);

        running.Clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal("hello x, hello again x", (await running.CompletionAsync("timer")).ReadOutputAs<string>());
        Assert.Equal(0, running.Effects.Count("hello x")); // version 1 ran it
    }

    [Fact]
    public async Task An_upgrade_keeps_every_event_message_and_activity()
    {
        using var directory = new UpgradedDirectory(WriteVersion1);
        var (before, version) = directory.Look(database => (
            database.Query("SELECT instance_id, event FROM history ORDER BY instance_id, seq", row => (Id: row.GetString(0), Event: row.GetString(1))), Version(database)));
        await DurableStore.Open(directory.Path).DisposeAsync();
        Assert.Equal(1, version);
        directory.Look(database =>
        {
            Assert.Equal(2, Version(database));
            Assert.All(before.GroupBy(row => row.Id), instance => Assert.Equal(
                instance.Select(row => row.Event), HistoryRows.Read(database, instance.Key).Select(happened => happened.ToJson())));
            Assert.Equal(["early first", "early second", "early started", "timer fired"], database
                .Query("SELECT instance_id, event FROM messages ORDER BY instance_id, due, seq", row => $"{row.GetString(0)} {Word(row.GetString(1))}"));
            Assert.Equal("open", database.Scalar("SELECT instance_id FROM activities"));
            return true;
        });

        static string Word(string json) => new[] { "first", "second", "started", "Fired" }.First(word => json.Contains(word, StringComparison.Ordinal)).ToLowerInvariant();
    }

    [Theory]
    [InlineData(nameof(CommitPoint.Before), 1)]
    [InlineData(nameof(CommitPoint.After), 2)]
    public async Task A_process_killed_in_an_upgrade_leaves_one_version_whole(string point, int version)
    {
        using var directory = new UpgradedDirectory(WriteVersion1);
        var rows = directory.Look(Rows);
        // The first commit is the upgrade's.
        Assert.Equal(WorkerProcess.Killed, await WorkerProcess.RunAsync(TimeSpan.FromSeconds(40), Cancelled, CrashWorker.Argument, directory.Path, point, "1"));
        Assert.Equal(version, directory.Look(Version));
        if (version == 1)
        {
            Assert.Equal(rows, directory.Look(Rows));
        }

        await DurableStore.Open(directory.Path).DisposeAsync();
        Assert.Equal((2, "ok"), directory.Look(database => (Version(database), database.Scalar("PRAGMA integrity_check"))));

        static string Rows(Database database) => string.Join('\n', new[] { "history", "messages" }
            .SelectMany(table => database.Query($"SELECT event FROM {table} ORDER BY instance_id, seq", row => row.GetString(0))));
    }

    private static long Version(Database database) => database.Scalar("PRAGMA user_version") as long? ?? -1;

    private static void WriteVersion1(string directory)
    {
        using var stream = typeof(UpgradeTests).Assembly.GetManifestResourceStream("version1.sql") ?? throw new InvalidOperationException("version1.sql is not in the assembly.");
        using var reader = new StreamReader(stream);
        using var database = new Database(Path.Combine(directory, "durable.db"));
        database.Script(reader.ReadToEnd());
    }

    private sealed class UpgradedDirectory : IDisposable
    {
        public UpgradedDirectory(Action<string> prepare) => prepare(Path);

        public string Path { get; } = Directory.CreateTempSubdirectory("runtime-test-").FullName;

        public T Look<T>(Func<Database, T> read)
        {
            using var database = new Database(System.IO.Path.Combine(Path, "durable.db"));
            return read(database);
        }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
