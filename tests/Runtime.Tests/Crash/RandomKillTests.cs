using System.Diagnostics;
using System.Globalization;
using MeshPort.Runtime.Durable.Store;

namespace MeshPort.Runtime.Tests.Crash;

/// <summary>Kills a process with many instances at random times, half of them during its start, and starts it again.</summary>
public sealed class RandomKillTests
{
    /// <summary>The nightly workflow sets a larger number.</summary>
    private const string Setting = "MESHPORT_TEST_KILLS";
    private const int SideBySide = 2;
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable(Setting) ?? "40", CultureInfo.InvariantCulture);
    private static readonly TimeSpan LongestLife = TimeSpan.FromMilliseconds(300);
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Random_kills_under_load_lose_and_repeat_nothing()
    {
        var expected = await UndisturbedAsync();
        var instances = await Task.WhenAll(Enumerable.Range(0, SideBySide).Select(_ => KillAndCheckAsync(Kills / SideBySide, expected)));
        TestContext.Current.TestOutputHelper?.WriteLine($"{Kills} kills, {instances.Sum()} instances with two children each");
        Assert.True(instances.Sum() > SideBySide, "The processes did next to nothing between the kills.");
    }

    [Fact]
    public async Task A_data_directory_in_use_is_rejected_with_its_holders_pid_until_that_process_dies()
    {
        var directory = CrashTests.NewDirectory();
        using var worker = WorkerProcess.Start(LoadWorker.Argument, directory);
        var effects = new Journal(Path.Combine(directory, "effects"));
        while (effects.Lines.Length == 0)
        {
            Assert.False(worker.HasExited, "The worker ended by itself.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancelled);
        }

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => CrashEngine.StartAsync(directory));
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $"is in use by process {worker.Id}."),
            refused.Message,
            StringComparison.Ordinal
        );
        worker.Kill(); // SIGKILL on Unix
        await worker.WaitForExitAsync(Cancelled);
        await (await CrashEngine.StartAsync(directory)).DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    private static async Task<int> KillAndCheckAsync(int kills, List<string> expected)
    {
        var directory = CrashTests.NewDirectory();
        for (var kill = 0; kill < kills; kill++)
        {
            using var worker = WorkerProcess.Start(LoadWorker.Argument, directory);
            if (kill % 2 == 0)
            {
                await WorkIsDoneAsync(worker, directory); // on a busy machine a process starts slowly, and the other kills hit the start
            }

            // The random time is the purpose of the test, so the wait is real time. No synchronisation depends on it.
            await Task.Delay(Random.Shared.NextDouble() * LongestLife, TimeProvider.System, Cancelled);
            Assert.False(worker.HasExited, "A worker ended by itself.");
            worker.Kill(); // SIGKILL on Unix
            await worker.WaitForExitAsync(Cancelled);
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(Wait.Usual);
        await using (var engine = await CrashEngine.StartAsync(directory))
        {
            await new Load(engine, deadline.Token).RunAsync(forever: false);
        }

        var count = Check(directory, expected);
        Directory.Delete(directory, recursive: true);
        return count;
    }

    /// <summary>Waits until one more activity has written its effect.</summary>
    private static async Task WorkIsDoneAsync(Process worker, string directory)
    {
        var effects = new FileInfo(Path.Combine(directory, "effects"));
        var before = effects.Exists ? effects.Length : 0;
        await Wait.UntilAsync(
            () =>
            {
                Assert.False(worker.HasExited, "A worker ended by itself.");
                effects.Refresh();
                return (effects.Exists ? effects.Length : 0) != before;
            },
            Cancelled
        );
    }

    private static int Check(string directory, List<string> expected)
    {
        using var database = new Database(Path.Combine(directory, "durable.db"));
        Assert.Equal("ok", database.Scalar("PRAGMA integrity_check"));
        var ids = database.Query("SELECT id FROM instances WHERE parent_id IS NULL", row => row.GetString(0));
        // One dump of all instances, split at the name at the start of each line.
        var byInstance = StateDump
            .Read(database)
            .GroupBy(line => line[..line.AsSpan().IndexOfAny(' ', '-')])
            .ToDictionary(lines => lines.Key, lines => lines.ToList());
        Assert.Equal(ids.Order(), byInstance.Keys.Order());
        foreach (var (id, lines) in byInstance)
        {
            Assert.Equal(
                string.Join('\n', expected),
                string.Join('\n', lines.Select(line => line.Replace(id, "ID", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            );
        }

        var effects = new Journal(Path.Combine(directory, "effects")).Lines.ToHashSet(StringComparer.Ordinal);
        Assert.All(
            ids,
            id =>
                Assert.All(Enumerable.Range(0, 3), i => Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{id} {i}"), effects))
        );
        Assert.All(ids, id => Assert.Contains($"kid of {id}", effects));
        return ids.Count;
    }

    private static async Task<List<string>> UndisturbedAsync()
    {
        var directory = CrashTests.NewDirectory();
        await using (var engine = await CrashEngine.StartAsync(directory))
        {
            await engine.Client.ScheduleNewOrchestrationInstanceAsync(
                nameof(LoadFunctions.Busy),
                "lane0turn0",
                new StartOrchestrationOptions("lane0turn0"),
                Cancelled
            );
            await engine.UntilAsync("lane0turn0", instance => instance.IsCompleted, Cancelled);
        }

        using var database = new Database(Path.Combine(directory, "durable.db"));
        var dump = StateDump
            .Read(database)
            .Select(line => line.Replace("lane0turn0", "ID", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToList();
        database.Dispose();
        Directory.Delete(directory, recursive: true);
        return dump;
    }
}
